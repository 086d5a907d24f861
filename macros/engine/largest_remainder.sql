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
