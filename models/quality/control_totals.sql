with records as (
    select * from {{ ref('landing_records') }}
),

usage as (
    select * from {{ ref('usage') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

seats as (
    select * from {{ ref('seats') }}
),

seat_activity as (
    select * from {{ ref('seat_activity') }}
),

outcomes as (
    select * from {{ ref('outcomes') }}
),

charges as (
    select * from {{ ref('charge') }}
),

final as (
    select
        1 as layer_order,
        'landing' as layer,
        source_dataset,
        record_status as status,
        currency,
        count(*) as row_count,
        sum(tokens) as tokens,
        sum(amount) as amount
    from records
    group by all
    union all by name
    select
        2 as layer_order,
        'usage' as layer,
        source_dataset,
        if(is_billable, 'billable', 'not billable') as status,
        stated_currency as currency,
        count(*) as row_count,
        sum(quantity) filter (where ends_with(meter, '_tokens')) as tokens,
        sum(stated_cost) as amount
    from usage
    group by all
    union all by name
    select
        2 as layer_order,
        'bill_lines' as layer,
        source_dataset,
        charge_category as status,
        currency,
        count(*) as row_count,
        sum(quantity) filter (where unit = 'Tokens') as tokens,
        sum(net_amount) as amount
    from bill_lines
    group by all
    union all by name
    select
        2 as layer_order,
        'focus_lines' as layer,
        source_dataset,
        charge_category as status,
        currency,
        count(*) as row_count,
        sum(quantity) filter (where unit = 'Tokens') as tokens,
        sum(billed_amount) as amount
    from focus_lines
    group by all
    union all by name
    select
        2 as layer_order,
        'seats' as layer,
        source_dataset,
        plan_type as status,
        count(*) as row_count
    from seats
    group by all
    union all by name
    select
        2 as layer_order,
        'seat_activity' as layer,
        source_dataset,
        signal_state as status,
        count(*) as row_count
    from seat_activity
    group by all
    union all by name
    select
        2 as layer_order,
        'outcomes' as layer,
        source_dataset,
        status,
        count(*) as row_count
    from outcomes
    group by all
    union all by name
    select
        3 as layer_order,
        'charge' as layer,
        x_source_dataset as source_dataset,
        x_cost_basis as status,
        billing_currency as currency,
        count(*) as row_count,
        sum(consumed_quantity) filter (where consumed_unit = 'Tokens') as tokens,
        sum(billed_cost) as amount
    from charges
    group by all
)

select * from final
