-- A prepayment is billed once, for what the register says, and effective as much as it is billed:
-- what it covered plus, once its period is over, what is left of it. While it runs nothing is left
-- over yet, and what it covered is never more than was paid. A line takes no more than it costs.
with contracts as (
    select * from {{ ref('contracts') }}
    where drawn_down and payment_model != 'No Upfront'
),

charge_lines as (
    select * from {{ ref('charge_lines') }}
),

data_end as (
    select max(charge_period_start) as known_until
    from charge_lines
),

charges as (
    select * from {{ ref('charge') }}
),

paid as (
    select
        contracts.contract_commitment_id,
        contracts.billing_currency,
        data_end.known_until >= contracts.commitment_end as is_over,
        if(
            data_end.known_until >= contracts.commitment_start,
            if(
                contracts.payment_model = 'All Upfront',
                contracts.commitment_cost,
                cast(contracts.commitment_cost as {{ payable_type() }})
                * contracts.payment_upfront_percentage
            ),
            0
        ) as paid_cost
    from contracts
    cross join data_end
),

used as (
    select
        commitment_discount_id as contract_commitment_id,
        billing_currency,
        coalesce(sum(billed_cost) filter (where charge_category = 'Purchase'), 0) as bought_cost,
        coalesce(sum(billed_cost) filter (where charge_category != 'Purchase'), 0) as billed_again,
        coalesce(
            sum(effective_cost) filter (where charge_category = 'Purchase'), 0
        ) as effective_purchase,
        coalesce(
            sum(effective_cost) filter (where commitment_discount_status = 'Used'), 0
        ) as used_cost,
        coalesce(
            sum(effective_cost) filter (where commitment_discount_status = 'Unused'), 0
        ) as unused_cost,
        coalesce(
            sum(commitment_discount_quantity) filter (where commitment_discount_status is not null),
            0
        ) as drawn_quantity
    from charges
    where commitment_discount_id in (select contracts.contract_commitment_id from contracts)
    group by all
),

wrong_commitments as (
    select
        paid.contract_commitment_id as id,
        paid.paid_cost,
        used.used_cost,
        used.unused_cost
    from paid
    full outer join used
        on
            paid.contract_commitment_id = used.contract_commitment_id
            and paid.billing_currency = used.billing_currency
    where
        coalesce(paid.paid_cost, 0) != coalesce(used.bought_cost, 0)
        or used.billed_again != 0
        or used.effective_purchase != 0
        or used.used_cost + used.unused_cost > paid.paid_cost
        or (paid.is_over and used.used_cost + used.unused_cost != paid.paid_cost)
        or (not paid.is_over and used.unused_cost != 0)
        or used.drawn_quantity
        != cast(used.used_cost + used.unused_cost as {{ pricing_quantity_type() }})
),

wrong_lines as (
    select
        draws.charge_id as id,
        charge_lines.billed_cost as paid_cost,
        sum(draws.drawn_cost) as used_cost,
        cast(null as {{ money_type() }}) as unused_cost
    from {{ ref('commitment_draws') }} as draws
    left join charge_lines on draws.charge_id = charge_lines.charge_id
    group by draws.charge_id, charge_lines.billed_cost
    having coalesce(sum(draws.drawn_cost) > charge_lines.billed_cost, true)
)

select * from wrong_commitments
union all
select * from wrong_lines
