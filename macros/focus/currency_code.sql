{#- A currency as FOCUS wants it, three letters of ISO 4217: a vendor's credits are no currency of that
    list, whose word for "none" is XXX. What they are called stands in PricingUnit, and in charge. -#}
{% macro currency_code(currency) -%}
    if(regexp_full_match({{ currency }}, '[A-Z]{3}'), {{ currency }}, 'XXX')
{%- endmacro %}
