{#- A non-negative amount in whole units of 10^-digits, rounded down, as an integer. In two steps, for
    a large amount times 10^digits has more digits than a decimal can hold. -#}
{% macro whole_units(amount, digits) -%}
    (
        cast(floor({{ amount }}) as hugeint) * {{ 10 ** digits }}
        + cast(floor(({{ amount }} - floor({{ amount }})) * {{ 10 ** digits }}) as hugeint)
    )
{%- endmacro %}

{#- Largest remainder: what rounding down has left of `total` goes, one unit each, to the parts that
    lost most. `floor_units` and `rest` are integers: total x weight divided by all weights, and what
    that division left. `partition` names what is divided, `tie` settles equal rests. -#}
{% macro largest_remainder(total, floor_units, rest, partition, tie) -%}
    {{ floor_units }} + if(
        row_number() over (partition by {{ partition }} order by {{ rest }} desc, {{ tie }})
        <= {{ total }} - sum({{ floor_units }}) over (partition by {{ partition }}),
        1, 0
    )
{%- endmacro %}

{#- The whole of a charge in the units of its parts' ratios: 12 digits after the point. -#}
{% macro whole_ratio() %}1000000000000{% endmacro %}
