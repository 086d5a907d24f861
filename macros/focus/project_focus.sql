{#- One FOCUS dataset as its contract states it: walks the columns of the calling model's YAML,
    takes each from the model `source` by its snake_case name and casts it to the contract's type.

    overrides: {'FocusName': 'SQL expression over the source'} for a value that truly differs in
    the calling version.

    The import CTE is needed: DuckDB 2.0 names `tags as "Tags"` after the source column when it is
    read straight from a table. While parsing and in unit tests the contract is not at hand, so the
    query falls back to the source as it is and keeps only the dependency. -#}
{% macro project_focus(source, overrides={}) -%}
with facts as (
    select * from {{ ref(source) }}
),

final as (
    select
        {%- if not model.columns %}
        *
        {%- endif %}
        {%- for column in model.columns.values() %}
        cast({{ overrides.get(column.name, focus_snake_case(column.name)) }} as {{ column.data_type }})
            as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from facts
)

select * from final
{%- endmacro %}

{#- BilledCost -> billed_cost, x_AIModel -> x_ai_model, x_ServiceNowCI -> x_service_now_ci -#}
{% macro focus_snake_case(name) -%}
    {%- set words = modules.re.sub('([A-Z]+)([A-Z][a-z])', '\\1_\\2', name) -%}
    {{- modules.re.sub('([a-z0-9])([A-Z])', '\\1_\\2', words) | lower -}}
{%- endmacro %}
