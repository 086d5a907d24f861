{#- JSON access in one place: every path is read as text, so that no number passes through a
    floating type. -#}
{% macro json_text(json, path) -%}
    {{ return(adapter.dispatch('json_text')(json, path)) }}
{%- endmacro %}

{% macro default__json_text(json, path) -%}
    {{ exceptions.raise_compiler_error('json_text is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
    json_extract_string({{ json }}, '{{ path }}')
{%- endmacro %}

{#- A JSON field that some logs write as an object or list and others as a string holding it. -#}
{% macro json_unwrapped(json) -%}
    case
        when json_type({{ json }}) = 'VARCHAR'
            then try_cast(json_extract_string({{ json }}, '$') as json)
        else {{ json }}
    end
{%- endmacro %}
