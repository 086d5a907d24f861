with seats as (
    select * from {{ ref('priced_seats') }}
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
    where charge_scope = 'seat' and carries_money
),

-- A seat without a price is no charge: it stands in unpriced_usage. A month that a year has paid is
-- none either.
carrying as (
    select seats.*
    from seats
    inner join charge_basis
        on {{ basis_condition('seats', "'seat'", 'seats.month_start') }}
    where seats.contracted_unit_price is not null and seats.pricing_quantity != 0
),

final as (
    select
        seat_id || '/' || month_start as charge_id,
        source_dataset,
        service,
        'seat' as charge_scope,
        account_id,
        sub_account_id,
        sub_account_name,
        {{ evidence_key('month_start', evidence_of('seat')) }} as evidence_key,
        seat_id as resource_id,
        if(seat_state = 'unassigned', 'Unassigned seats', null) as resource_name,
        'Seat' as resource_type,
        'seats' as meter,
        plan_type,
        'Purchase' as charge_category,
        'Recurring' as charge_frequency,
        'Estimated' as cost_basis,
        currency,
        cast(charged_from as timestamp) as period_start,
        cast(charged_to as timestamp) as period_end,
        cast(pricing_quantity as {{ quantity_type() }}) as quantity,
        service || '/seats/' || plan_type as sku_id,
        service || '/seats/' || plan_type || '/'
        || {{ plain_number('list_unit_price') }} || ' ' || currency as sku_price_id,
        pricing_unit,
        pricing_quantity,
        list_unit_price,
        contracted_unit_price,
        {{ exact_product('contracted_unit_price', 'pricing_quantity', money_type()) }} as amount
    from carrying
)

select * from final
