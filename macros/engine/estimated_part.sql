{#- An amount times numerator over denominator, whole numbers above 0, cut to 4 decimals: an estimate that
    stays a decimal, for dividing one would give a DOUBLE. -#}
{% macro estimated_part(amount, numerator, denominator) -%}
    cast(
        sign({{ amount }}) * cast(
            {{ whole_units('abs(' ~ amount ~ ')', 4) }} * ({{ numerator }}) // ({{ denominator }})
            as decimal(38, 0)
        ) * 0.0001 as {{ money_type() }}
    )
{%- endmacro %}
