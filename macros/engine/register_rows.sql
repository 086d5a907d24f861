{#- A query: the rows of a register of the company with the line of its file. A seed's table keeps the
    order of its file; the header is line 1. -#}
{% macro register_rows(folder, name) -%}
    select
        '{{ folder }}/{{ name }}.csv' as register,
        row_number() over () + 1 as line,
        *
    from {{ ref(name) }}
{%- endmacro %}
{#- Condition: a register's row, without dates an endless one, holds on a day. -#}
{% macro in_force(row, day) -%}
    {{ day }} >= coalesce({{ row }}.valid_from, date '1900-01-01')
    and {{ day }} < coalesce({{ row }}.valid_to, date '9999-12-31')
{%- endmacro %}
{#- Condition: the times of two rows of a register meet. -#}
{% macro times_meet(first, second) -%}
    coalesce({{ first }}.valid_from, date '1900-01-01')
    < coalesce({{ second }}.valid_to, date '9999-12-31')
    and coalesce({{ second }}.valid_from, date '1900-01-01')
    < coalesce({{ first }}.valid_to, date '9999-12-31')
{%- endmacro %}
