{#- Join condition: the row of charge_basis that decides on a fact. `scope` is SQL, usage or seat. -#}
{% macro basis_condition(fact, scope, day) -%}
    {{ fact }}.source_dataset = charge_basis.source_dataset
    and {{ fact }}.service = charge_basis.service
    and {{ fact }}.account_id is not distinct from charge_basis.account_id
    and {{ scope }} = charge_basis.charge_scope
    and date_trunc('month', {{ day }}) = charge_basis.billing_month
{%- endmacro %}
