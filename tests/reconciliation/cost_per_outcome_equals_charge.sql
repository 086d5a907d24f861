-- Per currency and billing month: cost_per_outcome has the effective cost of charge, and
-- outcome_costs divides the charges of each service, day and owner without a rest.
with charges as (
    select
        service,
        cast(charge_period_start as date) as charged_on,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        x_department as department,
        {{ known_text('x_feature') }} as feature,
        billing_currency as currency,
        effective_cost
    from {{ ref('charge') }}
),

outcome_costs as (
    select * from {{ ref('outcome_costs') }}
),

cost_per_outcome as (
    select * from {{ ref('cost_per_outcome') }}
    where effective_cost is not null
),

charge_totals as (
    select
        'month ' || billing_month as place,
        currency,
        sum(effective_cost) as effective_cost
    from charges
    group by all
    union all
    select
        concat_ws(
            '/', service, charged_on, billing_month, department, coalesce(feature, '-')
        ) as place,
        currency,
        sum(effective_cost) as effective_cost
    from charges
    group by all
),

mart_totals as (
    select
        'month ' || billing_month as place,
        currency,
        sum(effective_cost) as effective_cost
    from cost_per_outcome
    group by all
    union all
    select
        concat_ws(
            '/', service, charged_on, billing_month, charged_department,
            coalesce(charged_feature, '-')
        ) as place,
        currency,
        sum(effective_cost) as effective_cost
    from outcome_costs
    group by all
)

select
    coalesce(charge_totals.place, mart_totals.place) as place,
    coalesce(charge_totals.currency, mart_totals.currency) as currency,
    charge_totals.effective_cost as cost_of_charge,
    mart_totals.effective_cost as cost_of_outcomes
from charge_totals
full outer join mart_totals
    on
        charge_totals.place = mart_totals.place
        and charge_totals.currency = mart_totals.currency
where charge_totals.effective_cost is distinct from mart_totals.effective_cost
