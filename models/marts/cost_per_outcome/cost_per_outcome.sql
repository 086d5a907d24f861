{{ config(materialized='table') }}
{%- set money = money_type() %}
{%- set quantity = quantity_type() %}

with outcomes as (
    select * from {{ ref('outcome_events') }}
),

outcome_costs as (
    select * from {{ ref('outcome_costs') }}
),

costs as (
    select
        outcome_type,
        billing_month,
        department,
        feature,
        currency,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis,
        sum(effective_cost) as effective_cost,
        coalesce(sum(effective_cost) filter (where joined_by = 'request'), 0)
            as cost_by_request,
        coalesce(sum(effective_cost) filter (where joined_by = 'session'), 0)
            as cost_by_session,
        coalesce(sum(effective_cost) filter (where joined_by = 'tag'), 0)
            as cost_by_tag,
        coalesce(sum(effective_cost) filter (where joined_by = 'feature and day'), 0)
            as cost_by_feature_and_day
    from outcome_costs
    group by all
),

-- An outcome is undone in the month in which it was reached, whenever that was found out.
counts as (
    select
        outcome_type,
        outcome_month as billing_month,
        department,
        feature,
        sum(quantity) as recorded_outcomes,
        coalesce(sum(quantity) filter (where is_assumed), 0) as assumed_outcomes,
        coalesce(sum(quantity) filter (where is_reverted), 0) as reverted_outcomes,
        coalesce(
            sum(quantity) filter (where date_trunc('month', reverted_on) > outcome_month), 0
        ) as reverted_later_outcomes,
        max(reverted_on) as last_reverted_on
    from outcomes
    group by all
),

-- Which outcomes any cost was found for, by their own calls or by their feature and day.
covered_outcomes as (
    select
        outcomes.outcome_id,
        outcome_costs.currency
    from outcome_costs
    inner join outcomes on outcome_costs.outcome_id = outcomes.outcome_id
    where outcome_costs.effective_cost > 0
    union
    select
        outcomes.outcome_id,
        outcome_costs.currency
    from outcome_costs
    inner join outcomes
        on
            outcome_costs.joined_by = 'feature and day'
            and outcome_costs.outcome_type = outcomes.outcome_type
            and outcome_costs.charged_on = outcomes.occurred_on
            and outcome_costs.department = outcomes.department
            and outcome_costs.feature = outcomes.feature
    where outcome_costs.effective_cost > 0
),

covered as (
    select
        outcomes.outcome_type,
        outcomes.outcome_month as billing_month,
        outcomes.department,
        outcomes.feature,
        covered_outcomes.currency,
        sum(outcomes.quantity) as covered_outcomes
    from covered_outcomes
    inner join outcomes on covered_outcomes.outcome_id = outcomes.outcome_id
    group by all
),

currencies as (
    select
        outcome_type,
        billing_month,
        department,
        feature,
        currency
    from costs
    union
    select
        outcome_type,
        billing_month,
        department,
        feature,
        currency
    from covered
),

-- Outcomes without any cost have no currency; cost without an outcome has no type.
keys as (
    select
        coalesce(currencies.outcome_type, counts.outcome_type) as outcome_type,
        coalesce(currencies.billing_month, counts.billing_month) as billing_month,
        coalesce(currencies.department, counts.department) as department,
        if(currencies.billing_month is null, counts.feature, currencies.feature) as feature,
        currencies.currency,
        counts.recorded_outcomes,
        counts.assumed_outcomes,
        counts.reverted_outcomes,
        counts.reverted_later_outcomes,
        counts.last_reverted_on
    from currencies
    full outer join counts
        on
            currencies.outcome_type = counts.outcome_type
            and currencies.billing_month = counts.billing_month
            and currencies.department = counts.department
            and currencies.feature is not distinct from counts.feature
),

joined as (
    select
        keys.*,
        costs.x_cost_basis,
        costs.effective_cost,
        costs.cost_by_request,
        costs.cost_by_session,
        costs.cost_by_tag,
        costs.cost_by_feature_and_day,
        coalesce(covered.covered_outcomes, 0) as covered_outcomes,
        keys.recorded_outcomes - keys.reverted_outcomes as accepted_outcomes,
        sum(costs.effective_cost) filter (where keys.outcome_type is not null) over same_department
            as joined_cost,
        sum(costs.effective_cost) over same_department as all_cost
    from keys
    left join costs
        on
            keys.outcome_type is not distinct from costs.outcome_type
            and keys.billing_month = costs.billing_month
            and keys.department = costs.department
            and keys.feature is not distinct from costs.feature
            and keys.currency = costs.currency
    left join covered
        on
            keys.outcome_type = covered.outcome_type
            and keys.billing_month = covered.billing_month
            and keys.department = covered.department
            and keys.feature is not distinct from covered.feature
            and keys.currency = covered.currency
    window same_department as (
        partition by keys.billing_month, keys.department, keys.currency
    )
),

-- Neither a cost of nobody's outcomes nor outcomes of unknown cost have a unit cost.
valued as (
    select
        *,
        if(
            outcome_type is not null, {{ exact_ratio('effective_cost', 'accepted_outcomes') }}, null
        ) as unit_cost
    from joined
),

followed as (
    select
        *,
        if(
            lag(billing_month) over by_month = billing_month - interval 1 month,
            lag(unit_cost) over by_month,
            null
        ) as unit_cost_before
    from valued
    window by_month as (
        partition by outcome_type, department, feature, currency
        order by billing_month asc
    )
),

final as (
    select
        outcome_type,
        billing_month,
        department,
        feature,
        currency,
        x_cost_basis,
        cast(effective_cost as {{ money }}) as effective_cost,
        cast(cost_by_request as {{ money }}) as cost_by_request,
        cast(cost_by_session as {{ money }}) as cost_by_session,
        cast(cost_by_tag as {{ money }}) as cost_by_tag,
        cast(cost_by_feature_and_day as {{ money }}) as cost_by_feature_and_day,
        cast(recorded_outcomes as {{ quantity }}) as recorded_outcomes,
        cast(reverted_outcomes as {{ quantity }}) as reverted_outcomes,
        cast(reverted_later_outcomes as {{ quantity }}) as reverted_later_outcomes,
        last_reverted_on,
        cast(accepted_outcomes as {{ quantity }}) as accepted_outcomes,
        cast(assumed_outcomes as {{ quantity }}) as assumed_outcomes,
        if(
            outcome_type is not null, cast(covered_outcomes as {{ quantity }}), null
        ) as covered_outcomes,
        unit_cost as cost_per_outcome,
        {{ exact_ratio('coalesce(joined_cost, 0)', 'all_cost') }} as cost_coverage,
        {{ exact_ratio('covered_outcomes', 'recorded_outcomes') }} as outcome_coverage,
        unit_cost_before as cost_per_outcome_before,
        unit_cost - unit_cost_before as cost_per_outcome_change,
        {{ exact_ratio('unit_cost - unit_cost_before', 'unit_cost_before') }}
            as cost_per_outcome_change_share
    from followed
)

select * from final
