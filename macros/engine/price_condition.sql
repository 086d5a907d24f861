{#- Join condition: the row of dated_prices for a fact on a day; at most one. -#}
{% macro price_condition(fact, day) -%}
    {{ fact }}.service = dated_prices.service
    and {{ fact }}.model = dated_prices.model
    and {{ fact }}.meter = dated_prices.meter
    and {{ fact }}.service_tier = dated_prices.service_tier
    and coalesce({{ fact }}.inference_geo, '') = dated_prices.inference_geo
    and cast({{ day }} as date) = dated_prices.priced_on
    and coalesce({{ fact }}.context_tokens, 0) >= dated_prices.context_from
    and coalesce({{ fact }}.context_tokens, 0) < dated_prices.context_to
{%- endmacro %}
