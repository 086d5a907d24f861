-- Investment, waste and unclassified are all of charge, per billing month and currency, in both
-- costs; and the parts of each charge are that charge.
with charge as (
    select * from {{ ref('charge') }}
),

investment_vs_waste as (
    select * from {{ ref('investment_vs_waste') }}
),

classification_coverage as (
    select * from {{ ref('classification_coverage') }}
),

charge_parts as (
    select * from {{ ref('charge_parts') }}
),

charged as (
    select
        cast(billing_period_start as date) as billing_month,
        billing_currency as currency,
        sum(effective_cost) as effective_cost,
        sum(billed_cost) as billed_cost
    from charge
    group by all
),

classed as (
    select
        billing_month,
        currency,
        sum(effective_cost) as effective_cost,
        sum(billed_cost) as billed_cost
    from investment_vs_waste
    group by all
),

covered as (
    select
        billing_month,
        currency,
        sum(effective_cost) as effective_cost,
        sum(seen_by_call + seen_as_totals + no_usage + closed) as seen_cost,
        sum(investment + waste + unclassified) as classed_cost
    from classification_coverage
    group by all
),

final as (
    select
        'total' as fault,
        coalesce(charged.billing_month, classed.billing_month) || ' '
        || coalesce(charged.currency, classed.currency) as place
    from charged
    full outer join classed
        on charged.billing_month = classed.billing_month and charged.currency = classed.currency
    where
        charged.effective_cost is distinct from classed.effective_cost
        or charged.billed_cost is distinct from classed.billed_cost
    union all
    select
        'coverage' as fault,
        charged.billing_month || ' ' || charged.currency as place
    from charged
    left join covered
        on charged.billing_month = covered.billing_month and charged.currency = covered.currency
    where
        charged.effective_cost is distinct from covered.effective_cost
        or covered.effective_cost != covered.seen_cost
        or covered.effective_cost != covered.classed_cost
    union all
    select
        'parts' as fault,
        charge_id as place
    from charge_parts
    group by charge_id
    having
        sum(effective_cost) != any_value(charge_effective_cost)
        or sum(billed_cost) != any_value(charge_billed_cost)
)

select * from final
