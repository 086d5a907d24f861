{#- An amount times numerator over denominator, whole numbers above 0, cut to 4 decimals: an estimate that
    stays a decimal, for dividing one would give a DOUBLE. -#}
{% macro estimated_part(amount, numerator, denominator) -%}
    try({{ decimal_of_units(
        part_of_units(whole_units('abs(' ~ amount ~ ')', 4), numerator, denominator),
        4, money_type(), sign_of=amount
    ) }})
{%- endmacro %}
