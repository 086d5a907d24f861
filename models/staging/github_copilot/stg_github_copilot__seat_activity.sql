with seats as (
    select * from {{ ref('base_github_copilot__seats') }}
    where record_status = 'accepted'
),

metrics as (
    select
        *,
        cast(date_trunc('month', usage_date) as date) as month_start
    from {{ ref('base_github_copilot__user_metrics') }}
    where record_status = 'accepted'
),

listed as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || assignee_id as seat_id,
        record_id,
        seat_id || '/' || month_start as activity_id,
        source_dataset,
        source_file,
        source_line,
        'github_copilot' as service,
        account_folder as account_id,
        user_id,
        month_start,
        last_activity_at,
        last_authenticated_at,
        cast(null as integer) as active_days,
        cast(null as {{ quantity_type() }}) as units_used,
        cast(null as varchar) as units,
        cast(null as date) as observed_from,
        snapshot_on as observed_on,
        'complete' as signal_state
    from seats
),

-- Which days of a month the metrics of an account cover, whoever used Copilot on them.
windows as (
    select distinct
        account_folder,
        covered_from,
        least(covered_to, covered_from + 366) as covered_to
    from metrics
),

covered_days as (
    select distinct
        account_folder,
        cast(unnest(generate_series(covered_from, covered_to, interval 1 day)) as date)
            as covered_on
    from windows
),

coverage as (
    select
        account_folder,
        cast(date_trunc('month', covered_on) as date) as month_start,
        min(covered_on) as observed_from,
        max(covered_on) as observed_on,
        -- Nothing is missing up to the last day that is there.
        count(*) = day(max(covered_on)) as is_complete
    from covered_days
    group by all
),

person_months as (
    select
        account_folder,
        month_start,
        assignee_id,
        max(source_dataset) as source_dataset,
        arg_max(record_id, (usage_date, record_id)) as record_id,
        arg_max(source_file, (usage_date, record_id)) as source_file,
        arg_max(source_line, (usage_date, record_id)) as source_line,
        arg_max(user_id, (usage_date, record_id)) as user_id,
        max(usage_date) filter (where is_used) as last_used_on,
        count(*) filter (where is_used) as active_days,
        sum(ai_credits_used) as ai_credits
    from metrics
    group by account_folder, month_start, assignee_id
),

used as (
    select
        person_months.source_dataset || '/'
        || coalesce(person_months.account_folder || '/', '') || person_months.assignee_id
        || '/' || person_months.month_start as activity_id,
        'github_copilot/seats/' || coalesce(person_months.account_folder || '/', '')
        || person_months.assignee_id as seat_id,
        person_months.record_id,
        person_months.source_dataset,
        person_months.source_file,
        person_months.source_line,
        'github_copilot' as service,
        person_months.account_folder as account_id,
        person_months.user_id,
        person_months.month_start,
        cast(person_months.last_used_on as timestamp) as last_activity_at,
        cast(null as timestamp) as last_authenticated_at,
        cast(person_months.active_days as integer) as active_days,
        cast(person_months.ai_credits as {{ quantity_type() }}) as units_used,
        if(person_months.ai_credits is not null, 'AI Credits', null) as units,
        coverage.observed_from,
        coverage.observed_on,
        if(coverage.is_complete, 'complete', 'partial') as signal_state
    from person_months
    inner join coverage
        on
            person_months.account_folder is not distinct from coverage.account_folder
            and person_months.month_start = coverage.month_start
),

final as (
    select * from listed -- noqa: AM07
    union all by name
    select * from used
)

{{ as_shape('seat_activity', 'final') }}
