{#- A consumed quantity in the unit that it is priced by. -#}
{% macro pricing_quantity_of(quantity, pricing_unit) -%}
    {{ exact_product(
        quantity,
        "case " ~ pricing_unit ~ " when '1000000 Tokens' then 0.000001"
        ~ " when '1000000 Characters' then 0.000001 when '1000 Requests' then 0.001"
        ~ " when 'User-Months' then 1 end",
        pricing_quantity_type()
    ) }}
{%- endmacro %}
