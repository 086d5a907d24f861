-- Per month and currency spend_metrics holds the effective cost, the charges and the tokens of
-- charge, and its three parts add up to the cost.
with charges as (
    select * from {{ ref('charge') }}
),

spend_metrics as (
    select * from {{ ref('spend_metrics') }}
),

expected as (
    select
        cast(date_trunc('month', charge_period_start) as date) as charge_month,
        billing_currency,
        count(*) as charge_count,
        sum(effective_cost) as effective_cost,
        coalesce(sum(if(consumed_unit = 'Tokens', consumed_quantity, null)), 0) as tokens
    from charges
    group by all
),

actual as (
    select
        charge_month,
        billing_currency,
        sum(charge_count) as charge_count,
        sum(effective_cost) as effective_cost,
        sum(agentic_cost + not_agentic_cost + agentic_unknown_cost) as parts_cost,
        coalesce(sum(tokens), 0) as tokens
    from spend_metrics
    group by all
)

select
    coalesce(expected.charge_month, actual.charge_month) as charge_month,
    coalesce(expected.billing_currency, actual.billing_currency) as billing_currency,
    expected.effective_cost as expected_cost,
    actual.effective_cost as actual_cost
from expected
full outer join actual
    on
        expected.charge_month = actual.charge_month
        and expected.billing_currency = actual.billing_currency
where
    coalesce(expected.effective_cost, 0) != coalesce(actual.effective_cost, 0)
    or coalesce(expected.charge_count, 0) != coalesce(actual.charge_count, 0)
    or coalesce(expected.tokens, 0) != coalesce(actual.tokens, 0)
    or actual.effective_cost is distinct from actual.parts_cost
