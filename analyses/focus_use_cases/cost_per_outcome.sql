-- Unit economics: what does one business outcome, such as a resolved ticket, cost in AI?
-- Asked by: department heads, and the board that decides whether it pays.
-- FOCUS use case: calculate unit economics.
--
-- All AI cost of a department and month over its outcomes of that month. A department with two
-- kinds of outcome has its whole cost beside each of them: never add rows of different
-- outcome_type. Cost and outcomes that find no partner stay, with a null beside them: neither is
-- free, and a correlation is no proof of a cause. The ratio is rounded to six decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

outcomes as (
    select * from {{ ref('outcomes') }}
),

costs as (
    select
        date_trunc('month', "ChargePeriodStart") as charge_month,
        "x_Department" as department,
        "BillingCurrency",
        sum("EffectiveCost") as effective_cost
    from charges
    group by charge_month, department, "BillingCurrency"
),

-- Sources write a department in any case, with '-', '_' or a space, as the callers' tags do.
events as (
    select
        date_trunc('month', occurred_at) as outcome_month,
        regexp_replace(lower(trim(department)), '[ _]+', '-', 'g') as department_key,
        outcome_type,
        sum(if(status != 'reversed', quantity, 0)) as outcomes,
        sum(if(status = 'assumed', quantity, 0)) as assumed_outcomes,
        sum(if(status = 'reversed', quantity, 0)) as reversed_outcomes
    from outcomes
    group by outcome_month, department_key, outcome_type
),

final as (
    select
        coalesce(costs.charge_month, events.outcome_month) as charge_month,
        coalesce(costs.department, events.department_key) as department,
        costs."BillingCurrency",
        events.outcome_type,
        events.outcomes,
        events.assumed_outcomes,
        events.reversed_outcomes,
        costs.effective_cost,
        cast(
            costs.effective_cost / nullif(events.outcomes, 0) as decimal(18, 6)
        ) as cost_per_outcome
    from costs
    full outer join events
        on
            costs.charge_month = events.outcome_month
            and regexp_replace(lower(trim(costs.department)), '[ _]+', '-', 'g')
            = events.department_key
)

select * from final
order by charge_month asc, department asc, outcome_type asc, "BillingCurrency" asc
