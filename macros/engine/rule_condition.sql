{#- Join condition: a rule of class_rules, called `rules`, that fits a fact. What the
    rule leaves open fits all. `columns` says for each column of the rule what is compared with it. -#}
{% macro rule_condition(columns, day) -%}
    {{ day }} >= coalesce(rules.valid_from, date '1900-01-01')
    and {{ day }} < coalesce(rules.valid_to, date '9999-12-31')
    {%- for name, value in columns.items() %}
    and (rules.{{ name }} is null or lower(rules.{{ name }}) = lower({{ value }}))
    {%- endfor %}
{%- endmacro %}
