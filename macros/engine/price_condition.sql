{#- Join condition: the row of dated_prices, or of a model of its kind, for a fact on a day; at most one. -#}
{% macro price_condition(fact, day, prices='dated_prices') -%}
    {{ fact }}.service = {{ prices }}.service
    and {{ fact }}.model = {{ prices }}.model
    and {{ fact }}.meter = {{ prices }}.meter
    and {{ fact }}.service_tier = {{ prices }}.service_tier
    and coalesce({{ fact }}.inference_geo, '') = {{ prices }}.inference_geo
    and cast({{ day }} as date) = {{ prices }}.priced_on
    and coalesce({{ fact }}.context_tokens, 0) >= {{ prices }}.context_from
    and coalesce({{ fact }}.context_tokens, 0) < {{ prices }}.context_to
{%- endmacro %}
