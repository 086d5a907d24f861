with seats as (
    select * from {{ ref('contracted_seats') }}
),

annual_seats as (
    select * from {{ ref('annual_seats') }}
),

seat_prices as (
    select * from {{ ref('seat_prices') }}
),

seat_rules as (
    select * from {{ ref('seat_rules') }}
),

seat_allowances as (
    select * from {{ ref('seat_allowances') }}
),

-- A year is sold for whole months; a month by the rule of the contract, else of the service.
ruled as (
    select
        seats.*,
        case
            when seats.billing_term = 'annual' then 'whole month'
            else coalesce(seats.agreed_proration, seat_rules.proration)
        end as proration,
        day(last_day(seats.month_start)) as days_in_month
    from seats
    left join seat_rules on seats.service = seat_rules.service
),

dated as (
    select
        *,
        {{ held_from() }} as held_from,
        if(
            proration = 'days held' and date_trunc('month', ends_on) = month_start,
            greatest(ends_on, held_from),
            last_day(month_start) + 1
        ) as held_to,
        if(proration in ('days left', 'days held'), held_from, month_start) as charged_from
    from ruled
),

prorated as (
    select
        *,
        -- days / days in the month, rounded half up to 10 decimals in whole numbers.
        {{ exact_product(
            'seat_count',
            decimal_of_units(
                '((held_to - charged_from) * 20000000000 + days_in_month) // (2 * days_in_month)',
                10, 'decimal(11, 10)'
            ),
            quantity_type()
        ) }} as seat_months
    from dated
),

final as (
    select
        {%- for column in shape_columns('seats') %}
            prorated.{{ column }},
        {%- endfor %}
        prorated.seat_months,
        prorated.proration,
        prorated.billing_term,
        prorated.contract_id,
        coalesce(annual_seats.bought_from, prorated.held_from) as charged_from,
        coalesce(annual_seats.term_end, prorated.held_to) as charged_to,
        coalesce(seat_prices.pricing_unit, 'User-Months') as pricing_unit,
        try_cast(
            coalesce(annual_seats.bought_months, prorated.seat_months)
            as {{ pricing_quantity_type() }}
        ) as pricing_quantity,
        if(
            coalesce(prorated.agreed_currency, seat_prices.currency) = seat_prices.currency,
            seat_prices.unit_price,
            prorated.agreed_unit_price
        ) as list_unit_price,
        coalesce(
            prorated.agreed_unit_price,
            {{ exact_product(
                'seat_prices.unit_price', 'prorated.multiplier', unit_price_type()
            ) }},
            seat_prices.unit_price
        ) as contracted_unit_price,
        coalesce(prorated.agreed_currency, seat_prices.currency) as currency,
        seat_allowances.unit as included_unit,
        {{ exact_product('seat_allowances.quantity', 'prorated.seat_count', quantity_type()) }}
            as included_quantity
    from prorated
    left join annual_seats
        on
            prorated.seat_id = annual_seats.seat_id
            and prorated.month_start = annual_seats.month_start
    left join seat_prices
        on
            prorated.service = seat_prices.service
            and prorated.plan_type = seat_prices.plan
            and prorated.month_start >= coalesce(seat_prices.valid_from, date '1900-01-01')
            and prorated.month_start < coalesce(seat_prices.valid_to, date '9999-12-31')
    left join seat_allowances
        on
            prorated.service = seat_allowances.service
            and prorated.plan_type = seat_allowances.plan
            and prorated.month_start >= coalesce(seat_allowances.valid_from, date '1900-01-01')
            and prorated.month_start < coalesce(seat_allowances.valid_to, date '9999-12-31')
)

select * from final
