{#- What an amount rests on that several charges make up: the weakest of their bases, an aggregate. -#}
{% macro weakest_basis(basis) -%}
    {%- set order = "['Estimated', 'Stated', 'Reported', 'Invoiced']" -%}
    {{ order }}[min(list_position({{ order }}, {{ basis }}))]
{%- endmacro %}
