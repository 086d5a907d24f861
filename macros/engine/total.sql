{#- One amount has one currency: a sum over several would be a number of nothing. -#}
{% macro total(cost, currency) -%}
    case
        when count(distinct {{ currency }}) > 1 then error(
            'A total of {{ cost }} across currencies is refused ('
            || string_agg(distinct {{ currency }}, ', ')
            || '): group by the currency, or sum a column in one reporting currency'
        )
        else sum({{ cost }})
    end
{%- endmacro %}
