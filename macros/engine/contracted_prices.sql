{#- List prices with the company's own terms, in a model that has the CTE contract_prices: those that
    count are of term_order 1. `prices` is a CTE, `keys` the columns that name one of its prices. -#}
{% macro contracted_prices(prices, keys) -%}
    select
        {{ prices }}.*,
        contract_prices.contract_id,
        coalesce(
            contract_prices.unit_price,
            {{ exact_product(
                prices ~ '.list_unit_price', 'contract_prices.multiplier', unit_price_type()
            ) }},
            {{ prices }}.list_unit_price
        ) as contracted_unit_price,
        row_number() over (
            partition by
                {%- for key in keys %} {{ prices }}.{{ key }}{{ ',' if not loop.last }}{% endfor %}
            order by
                contract_prices.model_id is null asc,
                contract_prices.meter is null asc,
                contract_prices.service_tier is null asc,
                contract_prices.valid_from desc nulls last,
                contract_prices.contract_id asc
        ) as term_order
    from {{ prices }}
    left join contract_prices
        on
            {{ prices }}.price_provider = contract_prices.provider
            and coalesce(contract_prices.model_id, {{ prices }}.model_id) = {{ prices }}.model_id
            and coalesce(contract_prices.meter, {{ prices }}.meter) = {{ prices }}.meter
            and coalesce(contract_prices.service_tier, {{ prices }}.service_tier)
            = {{ prices }}.service_tier
            and {{ prices }}.priced_on >= coalesce(contract_prices.valid_from, date '1900-01-01')
            and {{ prices }}.priced_on < coalesce(contract_prices.valid_to, date '9999-12-31')
{%- endmacro %}
