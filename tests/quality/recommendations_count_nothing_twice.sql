-- A charge feeds one recommendation at most, each recommendation has charges, and none promises
-- more than they cost, or a range the wrong way round.
with recommendations as (
    select * from {{ ref('recommendations') }}
),

recommendation_charges as (
    select * from {{ ref('recommendation_charges') }}
),

charge as (
    select * from {{ ref('charge') }}
),

costs as (
    select
        recommendation_charges.recommendation_id,
        sum(charge.effective_cost) as effective_cost,
        count(*) as charges,
        count(distinct charge.billing_currency) as currencies
    from recommendation_charges
    inner join charge on recommendation_charges.charge_id = charge.charge_id
    group by recommendation_charges.recommendation_id
),

final as (
    select 'charge feeds several: ' || charge_id as fault
    from recommendation_charges
    group by charge_id
    having count(*) > 1
    union all
    select
        'impact, currency or charges: '
        || coalesce(recommendations.recommendation_id, costs.recommendation_id) as fault
    from recommendations
    full outer join costs on recommendations.recommendation_id = costs.recommendation_id
    where
        not coalesce(
            recommendations.estimated_monthly_cost_impact between -costs.effective_cost and 0
            and recommendations.best_monthly_cost_impact between -costs.effective_cost
            and recommendations.estimated_monthly_cost_impact
            and recommendations.charges = costs.charges
            and costs.currencies = 1,
            false
        )
)

select * from final
