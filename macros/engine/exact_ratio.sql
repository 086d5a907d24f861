{#- A quotient, rounded half up to 8 decimals in whole numbers, for DuckDB divides into DOUBLE. Both
    sides count to ten decimals. Null when one is null, the divisor is 0 or the quotient has more than
    30 digits before the point. -#}
{% macro exact_ratio(dividend, divisor) -%}
    {%- set whole = [] -%}
    {%- for number in [dividend, divisor] -%}
        {%- do whole.append(whole_units('cast(' ~ number ~ ' as decimal(38, 10))', 10)) -%}
    {%- endfor -%}
    try({{ decimal_of_units(
        '(2 * abs(' ~ whole[0] ~ ') * 100000000 + abs(' ~ whole[1] ~ '))'
        ~ ' // nullif(2 * abs(' ~ whole[1] ~ '), 0)',
        8, 'decimal(38, 8)', sign_of=whole[0] ~ ') * sign(' ~ whole[1]
    ) }})
{%- endmacro %}
