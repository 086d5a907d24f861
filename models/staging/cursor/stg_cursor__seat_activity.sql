with daily_usage as (
    select * from {{ ref('base_cursor__daily_usage') }}
    where record_status = 'accepted'
),

spend as (
    select * from {{ ref('base_cursor__spend') }}
    where record_status = 'accepted'
),

active as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        user_id,
        month_start,
        active_days,
        observed_from,
        cast(last_active_on as timestamp) as last_activity_at,
        cast(request_count as {{ quantity_type() }}) as units_used,
        'Requests' as units,
        cast(month_start as varchar) as period_key,
        observed_until as observed_on,
        if(is_complete, 'complete', 'partial') as signal_state
    from daily_usage
),

-- A cycle belongs to the month in which it begins. Money is a sign of use, its absence of nothing.
spending as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        user_id,
        cast(date_trunc('month', cycle_start) as date) as month_start,
        cast(null as timestamp) as last_activity_at,
        cast(null as integer) as active_days,
        cast(coalesce(overall_amount, on_demand_amount) as {{ quantity_type() }}) as units_used,
        'USD' as units,
        cast(cycle_start as varchar) as period_key,
        cast(cycle_start as date) as observed_from,
        snapshot_on as observed_on,
        'partial' as signal_state
    from spend
),

signals as (
    select * from active
    union all by name
    select * from spending
),

final as (
    select
        concat_ws('/', 'cursor', account_folder, user_id) as seat_id,
        concat_ws('/', source_dataset, account_folder, user_id, period_key) as activity_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'cursor' as service,
        account_folder as account_id,
        user_id,
        month_start,
        last_activity_at,
        active_days,
        units_used,
        units,
        observed_from,
        observed_on,
        signal_state
    from signals
)

{{ as_shape('seat_activity', 'final') }}
