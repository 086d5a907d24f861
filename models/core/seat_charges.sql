with seats as (
    select * from {{ ref('priced_seats') }}
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
    where charge_scope = 'seat' and carries_money
),

-- A seat without a price is no charge: it stands in unpriced_usage.
carrying as (
    select seats.*
    from seats
    inner join charge_basis
        on {{ basis_condition('seats', "'seat'", 'seats.month_start') }}
    where seats.unit_price is not null and seats.seat_months != 0
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
        'Seat' as resource_type,
        'seats' as meter,
        plan_type,
        'Purchase' as charge_category,
        'Recurring' as charge_frequency,
        'Estimated' as cost_basis,
        currency,
        greatest(
            cast(month_start as timestamp), date_trunc('day', assigned_at)
        ) as period_start,
        month_start + interval '1 month' as period_end,
        seat_months as quantity,
        service || '/seats/' || plan_type as sku_id,
        service || '/seats/' || plan_type || '/'
        || {{ plain_number('unit_price') }} || ' ' || currency as sku_price_id,
        pricing_unit,
        cast(seat_months as {{ pricing_quantity_type() }}) as pricing_quantity,
        unit_price as list_unit_price,
        unit_price as contracted_unit_price,
        cast(unit_price * seat_months as {{ money_type() }}) as amount
    from carrying
)

select * from final
