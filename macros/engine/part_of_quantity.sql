{#- A quantity of a line, in a part of it that lies from part_start to part_end of its billed_cost. What
    lies before an edge is rounded down to so many digits, in whole numbers; at the end of the line it
    is the quantity, so that all parts add up to it. -#}
{% macro part_of_quantity(quantity, type, digits) -%}
    cast(
        case
            when part_cost = billed_cost then {{ quantity }}
            else
                {{ quantity_before('part_end', quantity, type, digits) }}
                - {{ quantity_before('part_start', quantity, type, digits) }}
        end as {{ type }}
    )
{%- endmacro %}

{% macro quantity_before(edge, quantity, type, digits) -%}
    case
        when {{ edge }} = billed_cost then {{ quantity }}
        else {{ decimal_of_units(
            part_of_units(
                whole_units(quantity, digits),
                whole_units(edge, 10),
                'greatest(' ~ whole_units('billed_cost', 10) ~ ', 1)'
            ),
            digits, type
        ) }}
    end
{%- endmacro %}
