{#- The newest month with charges that has come by the end of the data, an aggregate: a renewal dated
    ahead is none. The newest of all where nothing says how far the data reach. -#}
{% macro last_month(month, data_ends) -%}
    coalesce(
        max({{ month }}) filter (
            where {{ month }} <= (select max(newest_day) from {{ data_ends }})
        ),
        max({{ month }})
    )
{%- endmacro %}
