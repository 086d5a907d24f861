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
        else cast(
            cast(
                cast(floor({{ quantity }} * {{ 10 ** digits }}) as hugeint)
                * cast(floor({{ edge }} * 10000000000) as hugeint)
                // greatest(cast(floor(billed_cost * 10000000000) as hugeint), 1)
                as decimal(28, 0)
            ) * 0.{{ '0' * (digits - 1) }}1 as {{ type }}
        )
    end
{%- endmacro %}
