{#- The first day of a month on which its seat is held: the day of assignment, where that is in
    it. -#}
{% macro held_from() -%}
    if(date_trunc('month', assigned_at) = month_start, cast(assigned_at as date), month_start)
{%- endmacro %}
