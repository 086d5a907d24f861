{#- A quotient, rounded half up to 8 decimals in whole numbers, for DuckDB divides into DOUBLE. Both
    sides count to ten decimals. Null when one is null or the divisor is 0. -#}
{% macro exact_ratio(dividend, divisor) -%}
    {%- set whole = [] -%}
    {%- for number in [dividend, divisor] -%}
        {%- do whole.append(
            'cast(cast(' ~ number ~ ' as decimal(38, 10)) * 10000000000 as hugeint)'
        ) -%}
    {%- endfor -%}
    cast(
        cast(
            sign({{ whole[0] }}) * sign({{ whole[1] }})
            * ((2 * abs({{ whole[0] }}) * 100000000 + abs({{ whole[1] }}))
                // nullif(2 * abs({{ whole[1] }}), 0))
            as decimal(38, 0)
        ) * 0.00000001 as decimal(38, 8)
    )
{%- endmacro %}
