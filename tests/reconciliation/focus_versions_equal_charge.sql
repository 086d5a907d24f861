-- Every FOCUS version has the rows and the money of charge, per currency.
{%- set versions = focus_datasets() | selectattr('dataset', 'eq', 'CostAndUsage') | list %}
with charges as (
    select
        billing_currency as currency,
        count(*) as row_count,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from {{ ref('charge') }}
    group by all
),

versions as (
    {%- for item in versions %}
        select
            '{{ item.version }}' as focus_version,
            "BillingCurrency" as currency,
            count(*) as row_count,
            sum("BilledCost") as billed_cost,
            sum("EffectiveCost") as effective_cost,
            sum("ListCost") as list_cost,
            sum("ContractedCost") as contracted_cost
        from {{ ref(item.model) }}
        group by all
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
)

select
    versions.focus_version,
    coalesce(versions.currency, charges.currency) as currency,
    versions.row_count,
    charges.row_count as row_count_of_charge
from versions
full outer join charges on versions.currency = charges.currency
where
    charges.row_count is distinct from versions.row_count
    or charges.billed_cost is distinct from versions.billed_cost
    or charges.effective_cost is distinct from versions.effective_cost
    or charges.list_cost is distinct from versions.list_cost
    or charges.contracted_cost is distinct from versions.contracted_cost
