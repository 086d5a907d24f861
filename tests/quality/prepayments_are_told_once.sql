-- Credits that are bought on a bill: the register's prepayment of the same amount would be charged
-- beside it, and without a row of the register use that no bill states is charged beside it.
{{ config(severity='warn') }}

with charge_lines as (
    select * from {{ ref('charge_lines') }}
),

prepayments as (
    select * from {{ ref('commitment_balances') }}
    where is_prepaid
),

bought as (
    select
        service,
        billing_currency,
        charge_period_start,
        billed_cost,
        charge_description
    from charge_lines
    where
        charge_category = 'Purchase'
        and charge_class is null
        and charge_frequency = 'One-Time'
        and billed_cost > 0
        and regexp_matches(charge_description, '\b(credits?|pre-?pa|top-? ?up)', 'i')
),

registered as (
    select
        bought.*,
        'bought on a bill and charged by the register: ' || prepayments.contract_commitment_id
            as fault,
        prepayments.balance as amount_at_stake
    from bought
    inner join prepayments
        on
            bought.service = prepayments.service
            and bought.billing_currency = prepayments.billing_currency
            and bought.billed_cost = prepayments.balance
            and abs(
                date_diff('day', bought.charge_period_start, prepayments.commitment_start)
            ) <= 31
),

used as (
    select
        bought.service,
        bought.billing_currency,
        bought.charge_period_start,
        bought.billed_cost,
        bought.charge_description,
        'bought on a bill, and use that no bill states is charged beside it' as fault,
        least(bought.billed_cost, sum(charge_lines.billed_cost)) as amount_at_stake
    from bought
    inner join charge_lines
        on
            bought.service = charge_lines.service
            and bought.billing_currency = charge_lines.billing_currency
            and bought.charge_period_start <= charge_lines.charge_period_start
            and charge_lines.charge_category = 'Usage'
            and charge_lines.x_cost_basis in ('Stated', 'Estimated')
            and charge_lines.billed_cost > 0
    anti join prepayments
        on
            bought.service = prepayments.service
            and bought.billing_currency = prepayments.billing_currency
    group by
        bought.service, bought.billing_currency, bought.charge_period_start, bought.billed_cost,
        bought.charge_description
)

select * from registered
union all
select * from used
