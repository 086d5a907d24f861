with members as (
    select * from {{ ref('base_claude_seats__members') }}
    where record_status = 'accepted'
),

spend_limits as (
    select * from {{ ref('base_claude_seats__spend_limits') }}
    where record_status = 'accepted'
),

listed_months as (
    select distinct
        account_folder,
        month_start
    from members
),

-- The member list knows no tier; the limits name it where the limit comes from it.
tiered_members as (
    select
        members.*,
        spend_limits.seat_tier
    from members
    left join spend_limits
        on
            members.person_id = spend_limits.person_id
            and members.account_folder is not distinct from spend_limits.account_folder
            and members.month_start = spend_limits.month_start
),

-- Each member has a limit, so that the limits list the seats of a month without a member list.
seat_list as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        person_id,
        user_id,
        seat_tier,
        month_start,
        added_at,
        ends_on,
        snapshot_on
    from tiered_members
    union all
    select
        spend_limits.source_dataset,
        spend_limits.source_file,
        spend_limits.source_line,
        spend_limits.record_id,
        spend_limits.account_folder,
        spend_limits.person_id,
        spend_limits.user_id,
        spend_limits.seat_tier,
        spend_limits.month_start,
        cast(null as timestamp) as added_at,
        cast(null as date) as ends_on,
        spend_limits.snapshot_on
    from spend_limits
    left join listed_months
        on
            spend_limits.account_folder is not distinct from listed_months.account_folder
            and spend_limits.month_start = listed_months.month_start
    where listed_months.month_start is null
),

final as (
    select
        concat_ws('/', 'claude_seats', account_folder, person_id) as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'claude_workspace' as service,
        account_folder as account_id,
        user_id,
        coalesce(seat_tier, 'unknown') as plan_type,
        'assigned' as seat_state,
        month_start,
        added_at as assigned_at,
        ends_on,
        snapshot_on,
        cast(1 as {{ quantity_type() }}) as seat_count
    from seat_list
)

{{ as_shape('seats', 'final') }}
