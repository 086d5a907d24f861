-- A seat without a price is no charge: it is in unpriced_usage. A month that a year has paid is
-- none either.
with charged as (
    select
        * replace (
            unbilled_quantity as pricing_quantity,
            unbilled_from as charged_from,
            unbilled_to as charged_to
        )
    from {{ ref('sourced_seats') }}
    where is_billing_source and contracted_unit_price is not null and unbilled_quantity != 0
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
        {{ evidence_key('charged_from', evidence_of('seat')) }} as evidence_key,
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
    from charged
)

select * from final
