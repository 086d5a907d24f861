{{ config(severity='warn') }}

-- Credits that a bill gives for nothing are worth at most what the seats of the month include. More
-- than that is another discount, or a list of seats that is not complete.
with charges as (
    select * from {{ ref('charge_lines') }}
    where x_cost_basis in ('Invoiced', 'Reported')
),

virtual_currencies as (
    select * from {{ ref('virtual_currencies') }}
),

priced_seats as (
    select * from {{ ref('priced_seats') }}
),

given as (
    select
        charges.service,
        charges.pricing_unit,
        charges.billing_currency,
        date_trunc('month', charges.charge_period_start) as month_start,
        max(charges.list_unit_price) as list_unit_price,
        sum(charges.list_cost - charges.billed_cost) as amount
    from charges
    inner join virtual_currencies
        on
            charges.service = virtual_currencies.service
            and charges.pricing_currency = virtual_currencies.virtual_currency
    group by all
),

included as (
    select
        service,
        included_unit,
        month_start,
        sum(included_quantity) as quantity
    from priced_seats
    where included_unit is not null
    group by all
)

select
    given.*,
    included.quantity as included_quantity
from given
inner join included
    on
        given.service = included.service
        and given.pricing_unit = included.included_unit
        and given.month_start = included.month_start
where
    given.amount
    > given.list_unit_price * cast(included.quantity as {{ pricing_quantity_type() }})
