with records as (
    select * from {{ ref('base_github_copilot__seats') }}
    where record_status = 'accepted'
),

-- A seat added during the month counts from that day on. A seat that is to end, or was taken away
-- after a snapshot showed it, is charged to the end of the month.
counted as (
    select
        *,
        day(last_day(month_start)) as days_in_month,
        if(
            assigned_at >= month_start,
            day(last_day(month_start)) - day(assigned_at) + 1,
            day(last_day(month_start))
        ) as days_charged
    from records
),

final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || assignee_id as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'github_copilot' as service,
        account_folder as account_id,
        organization as sub_account_id,
        organization as sub_account_name,
        user_id,
        team_name,
        plan_type,
        'assigned' as seat_state,
        month_start,
        assigned_at,
        ends_on,
        snapshot_on,
        -- days / days in the month, rounded half up to 10 decimals in whole numbers.
        cast(
            cast(
                (days_charged * 20000000000 + days_in_month) // (2 * days_in_month)
                as decimal(11, 0)
            ) * cast(0.0000000001 as decimal(10, 10))
            as {{ quantity_type() }}
        ) as seat_months
    from counted
)

{{ as_shape('seats', 'final') }}
