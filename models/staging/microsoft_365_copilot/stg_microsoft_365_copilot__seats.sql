with skus as (
    select * from {{ ref('base_microsoft_365_copilot__subscribed_skus') }}
    where record_status = 'accepted'
),

licenses as (
    select * from {{ ref('base_microsoft_365_copilot__assigned_licenses') }}
    where record_status = 'accepted'
),

-- Bought units are what is charged. Where the list of SKUs of the month is there, all seats of the
-- month come from it, and the list of users only names their holders: a seat counts once.
sku_months as (
    select
        account_folder,
        month_start,
        arg_min(source_dataset, record_id) as source_dataset,
        arg_min(source_file, record_id) as source_file,
        arg_min(source_line, record_id) as source_line,
        min(record_id) as record_id
    from skus
    group by account_folder, month_start
),

holders as (
    select
        coalesce(skus.source_dataset, sku_months.source_dataset, licenses.source_dataset)
            as source_dataset,
        coalesce(skus.source_file, sku_months.source_file, licenses.source_file) as source_file,
        coalesce(skus.source_line, sku_months.source_line, licenses.source_line) as source_line,
        coalesce(skus.record_id, sku_months.record_id, licenses.record_id) as record_id,
        licenses.account_folder,
        licenses.month_start,
        licenses.sku_id,
        licenses.plan_type,
        licenses.holder_id as seat_name,
        licenses.user_id,
        'assigned' as seat_state,
        licenses.snapshot_on,
        if(coalesce(skus.is_running, true), 1, 0) as seat_count
    from licenses
    left join sku_months
        on
            licenses.account_folder is not distinct from sku_months.account_folder
            and licenses.month_start = sku_months.month_start
    left join skus
        on
            licenses.account_folder is not distinct from skus.account_folder
            and licenses.month_start = skus.month_start
            and licenses.sku_id = skus.sku_id
),

held as (
    select
        account_folder,
        month_start,
        sku_id,
        count(*) as seats
    from holders
    group by account_folder, month_start, sku_id
),

counted as (
    select
        skus.*,
        coalesce(held.seats, 0) as named_units
    from skus
    left join held
        on
            skus.account_folder is not distinct from held.account_folder
            and skus.month_start = held.month_start
            and skus.sku_id = held.sku_id
),

-- Assigned, but no list says to whom.
unnamed as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        month_start,
        sku_id,
        plan_type,
        'assigned' as seat_name,
        cast(null as varchar) as user_id,
        'assigned' as seat_state,
        snapshot_on,
        consumed_units - named_units as seat_count
    from counted
    where is_running and consumed_units > named_units
),

-- Bought, and nobody's. A subscription that has ended, or has no units, leaves a row of 0 seats.
unassigned as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_folder,
        month_start,
        sku_id,
        plan_type,
        'unassigned' as seat_name,
        cast(null as varchar) as user_id,
        'unassigned' as seat_state,
        snapshot_on,
        if(is_running, greatest(enabled_units - greatest(consumed_units, named_units), 0), 0)
            as seat_count
    from counted
    where
        enabled_units > greatest(consumed_units, named_units)
        or greatest(consumed_units, named_units) = 0
        or not is_running
),

seats as (
    select * from holders -- noqa: AM07
    union all by name
    select * from unnamed
    union all by name
    select * from unassigned
),

final as (
    select
        'microsoft_365_copilot/' || coalesce(account_folder || '/', '') || sku_id || '/'
        || seat_name as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'microsoft_365_copilot' as service,
        account_folder as account_id,
        user_id,
        plan_type,
        seat_state,
        month_start,
        snapshot_on,
        cast(seat_count as {{ quantity_type() }}) as seat_count
    from seats
)

{{ as_shape('seats', 'final') }}
