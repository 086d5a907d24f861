with users as (
    select * from {{ ref('base_claude_seats__analytics_users') }}
    where record_status = 'accepted'
),

members as (
    select * from {{ ref('base_claude_seats__members') }}
    where record_status = 'accepted'
),

spend_limits as (
    select * from {{ ref('base_claude_seats__spend_limits') }}
    where record_status = 'accepted'
),

summaries as (
    select * from {{ ref('base_claude_seats__analytics_summaries') }}
    where record_status = 'accepted'
),

active as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        account_id,
        person_id,
        user_id,
        month_start,
        cast(last_active_on as timestamp) as last_activity_at,
        active_days,
        cast(messages as {{ quantity_type() }}) as units_used,
        cast(null as {{ quantity_type() }}) as units_allowed,
        'Messages' as units,
        observed_from,
        observed_until as observed_on,
        if(is_complete, 'complete', 'partial') as signal_state
    from users
),

-- The analytics name only whom they saw. Where each day of a month was looked at, a member whom
-- they do not name was idle.
complete_months as (
    select
        account_folder,
        month_start,
        max(observed_until) as observed_until
    from users
    where is_complete
    group by account_folder, month_start
),

idle as (
    select
        members.source_dataset,
        members.source_file,
        members.source_line,
        members.record_id,
        members.account_folder,
        members.account_folder as account_id,
        members.person_id,
        members.user_id,
        members.month_start,
        cast(null as timestamp) as last_activity_at,
        cast(0 as integer) as active_days,
        cast(0 as {{ quantity_type() }}) as units_used,
        cast(null as {{ quantity_type() }}) as units_allowed,
        'Messages' as units,
        members.month_start as observed_from,
        last_day(members.month_start) as observed_on,
        'complete' as signal_state
    from members
    inner join complete_months
        on
            members.account_folder is not distinct from complete_months.account_folder
            and members.month_start = complete_months.month_start
    left join users
        on
            members.account_folder is not distinct from users.account_folder
            and members.month_start = users.month_start
            and (members.person_id = users.person_id or members.user_id = users.user_id)
    where users.person_id is null
),

-- Usage credits only: what the seat includes does not show, so 0 is not idle.
spending as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        account_folder as account_id,
        person_id,
        user_id,
        month_start,
        cast(null as timestamp) as last_activity_at,
        cast(null as integer) as active_days,
        if(period = 'monthly', cast(spend_to_date as {{ quantity_type() }}), null) as units_used,
        if(period = 'monthly', cast(limit_amount as {{ quantity_type() }}), null)
            as units_allowed,
        if(period = 'monthly', limit_currency, null) as units,
        month_start as observed_from,
        snapshot_on as observed_on,
        'partial' as signal_state
    from spend_limits
),

-- How many people, not which.
counted as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        cast(null as varchar) as account_folder,
        account_id,
        cast(null as varchar) as person_id,
        cast(null as varchar) as user_id,
        month_start,
        cast(null as timestamp) as last_activity_at,
        cast(null as integer) as active_days,
        cast(monthly_active_user_count as {{ quantity_type() }}) as units_used,
        cast(assigned_seat_count as {{ quantity_type() }}) as units_allowed,
        'Users' as units,
        summary_on - 29 as observed_from,
        summary_on as observed_on,
        'concealed' as signal_state
    from summaries
),

signals as (
    select * from active
    union all
    select * from idle
    union all
    select * from spending
    union all
    select * from counted
),

final as (
    select
        if(person_id is not null, concat_ws('/', 'claude_seats', account_folder, person_id), null)
            as seat_id,
        concat_ws('/', source_dataset, account_id, person_id, month_start) as activity_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'claude_workspace' as service,
        account_id,
        user_id,
        month_start,
        last_activity_at,
        active_days,
        units_used,
        units_allowed,
        units,
        observed_from,
        observed_on,
        signal_state
    from signals
)

{{ as_shape('seat_activity', 'final') }}
