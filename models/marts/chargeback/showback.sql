-- A table: a few thousand rows for BI, where chargeback has a few hundred thousand.
{{ config(materialized='table') }}

with chargeback as (
    select * from {{ ref('chargeback') }}
),

final as (
    select
        charge_month,
        department,
        cost_centre,
        business_unit,
        project_code,
        feature,
        service_name,
        ai_model,
        billing_currency,
        {%- for kind in ['direct', 'allocated', 'unattributed'] %}
            cast(
                sum(if(attribution_kind = '{{ kind }}', effective_cost, 0)) as {{ money_type() }}
            ) as {{ kind }}_cost,
        {%- endfor %}
        {{ weakest_basis('cost_basis') }} as x_cost_basis,
        cast(sum(effective_cost) as {{ money_type() }}) as effective_cost,
        cast(sum(list_cost) as {{ money_type() }}) as list_cost
    from chargeback
    group by all
)

select * from final
