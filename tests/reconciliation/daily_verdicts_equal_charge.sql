-- Each kind of scope holds all daily usage of charge once, per currency.
with charges as (
    select * from {{ ref('charge') }}
    where
        charge_category = 'Usage'
        and charge_class is null
        and charge_period_end <= charge_period_start + interval '1 day'
),

daily_verdicts as (
    select * from {{ ref('daily_verdicts') }}
),

expected as (
    select
        kinds.scope_type,
        charges.billing_currency,
        sum(charges.effective_cost) as effective_cost
    from charges
    cross join (values ('service'), ('department'), ('feature')) as kinds (scope_type)
    group by all
),

actual as (
    select
        scope_type,
        billing_currency,
        sum(effective_cost) as effective_cost
    from daily_verdicts
    group by all
)

select
    coalesce(expected.scope_type, actual.scope_type) as scope_type,
    coalesce(expected.billing_currency, actual.billing_currency) as billing_currency,
    expected.effective_cost as expected_cost,
    actual.effective_cost as actual_cost
from expected
full outer join actual
    on
        expected.scope_type = actual.scope_type
        and expected.billing_currency = actual.billing_currency
where expected.effective_cost is distinct from actual.effective_cost
