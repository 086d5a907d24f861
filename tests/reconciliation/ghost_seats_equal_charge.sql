-- Per currency: the costs of ghost_seats are those of all seats in charge, whoever names them.
with charges as (
    select
        charge.billing_currency as currency,
        sum(charge.billed_cost) as billed_cost,
        sum(charge.effective_cost) as effective_cost
    from {{ ref('charge') }} as charge
    inner join {{ ref('meters') }} as meters on charge.sku_meter = meters.sku_meter
    where meters.meter = 'seats'
    group by all
),

seats as (
    select
        currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('ghost_seats') }}
    where effective_cost is not null
    group by all
)

select
    coalesce(charges.currency, seats.currency) as currency,
    charges.billed_cost,
    seats.billed_cost as billed_cost_of_seats,
    charges.effective_cost,
    seats.effective_cost as effective_cost_of_seats
from charges
full outer join seats on charges.currency = seats.currency
where
    charges.billed_cost is distinct from seats.billed_cost
    or charges.effective_cost is distinct from seats.effective_cost
