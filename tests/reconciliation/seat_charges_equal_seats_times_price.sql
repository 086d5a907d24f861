-- Per service, plan, month of the list and currency: what seats are charged is their share of the
-- month times the price, and for seats that are paid by the year the months bought times the price.
-- To the last digit, for all seats of which no bill covers a day of the month.
with priced_seats as (
    select * from {{ ref('sourced_seats') }}
    where is_billing_source and unbilled_quantity = pricing_quantity
),

annual_seats as (
    select * from {{ ref('annual_seats') }}
),

charges as (
    select * from {{ ref('charge_lines') }} as charge_lines
    where
        charge_lines.charge_scope = 'seat'
        and charge_lines.x_cost_basis = 'Estimated'
        and charge_lines.charge_id in (
            select priced_seats.seat_id || '/' || priced_seats.month_start from priced_seats
        )
),

expected as (
    select
        priced_seats.service,
        priced_seats.plan_type,
        priced_seats.month_start,
        priced_seats.currency,
        sum(
            priced_seats.contracted_unit_price
            * if(
                priced_seats.billing_term = 'annual',
                annual_seats.bought_months,
                cast(priced_seats.seat_months as {{ pricing_quantity_type() }})
            )
        ) as amount
    from priced_seats
    left join annual_seats
        on
            priced_seats.seat_id = annual_seats.seat_id
            and priced_seats.month_start = annual_seats.month_start
    where priced_seats.contracted_unit_price is not null
    group by all
),

actual as (
    select
        service,
        x_plan_type as plan_type,
        cast(right(charge_id, 10) as date) as month_start,
        billing_currency as currency,
        sum(contracted_cost) as amount
    from charges
    group by all
)

select
    coalesce(expected.service, actual.service) as service,
    coalesce(expected.plan_type, actual.plan_type) as plan_type,
    coalesce(expected.month_start, actual.month_start) as month_start,
    expected.amount as expected_amount,
    actual.amount as actual_amount
from expected
full outer join actual
    on
        expected.service = actual.service
        and expected.plan_type = actual.plan_type
        and expected.month_start = actual.month_start
        and expected.currency = actual.currency
where coalesce(expected.amount, 0) != coalesce(actual.amount, 0)
