{#- The schema is what the folder says (`staging`, `seeds`), without the target's prefix:
    BI tools and exports find the marts in the target's own schema under their fixed names. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
