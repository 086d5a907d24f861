with investment_vs_waste as (
    select * from {{ ref('investment_vs_waste') }}
),

final as (
    select
        billing_month,
        currency,
        service_name,
        sum(effective_cost) as effective_cost,
        sum(if(seen_as = 'calls', effective_cost, 0)) as seen_by_call,
        sum(if(seen_as = 'totals', effective_cost, 0)) as seen_as_totals,
        sum(if(seen_as = 'no usage', effective_cost, 0)) as no_usage,
        sum(if(seen_as = 'closed', effective_cost, 0)) as closed,
        sum(if(classification = 'Investment', effective_cost, 0)) as investment,
        sum(if(classification = 'Waste', effective_cost, 0)) as waste,
        sum(if(classification = 'Unclassified', effective_cost, 0)) as unclassified
    from investment_vs_waste
    group by billing_month, currency, service_name
)

select * from final
