{#- Join condition: the row of charge_basis that decides on a fact. `scope` is SQL, usage or seat. -#}
{% macro basis_condition(fact, scope, day, basis='charge_basis') -%}
    {{ fact }}.source_dataset = {{ basis }}.source_dataset
    and {{ fact }}.service = {{ basis }}.service
    and {{ fact }}.account_id is not distinct from {{ basis }}.account_id
    and {{ scope }} = {{ basis }}.charge_scope
    and date_trunc('month', {{ day }}) = {{ basis }}.billing_month
{%- endmacro %}
