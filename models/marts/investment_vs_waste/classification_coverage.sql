with investment_vs_waste as (
    select * from {{ ref('investment_vs_waste') }}
),

final as (
    select
        billing_month,
        currency,
        service_name,
        sum(effective_cost) as effective_cost,
        {%- for seen_as, name in {
            'calls': 'seen_by_call', 'totals': 'seen_as_totals', 'no usage': 'no_usage',
            'closed': 'closed',
        }.items() %}
        cast(
            sum(if(seen_as = '{{ seen_as }}', effective_cost, 0)) as {{ money_type() }}
        ) as {{ name }},
        {%- endfor %}
        {%- for classification in ['Investment', 'Waste', 'Unclassified'] %}
        cast(
            sum(if(classification = '{{ classification }}', effective_cost, 0))
            as {{ money_type() }}
        ) as {{ classification | lower }}{{ ',' if not loop.last }}
        {%- endfor %}
    from investment_vs_waste
    group by billing_month, currency, service_name
)

select * from final
