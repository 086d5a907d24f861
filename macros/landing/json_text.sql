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

{#- A JSON object as text, of the values (key: SQL) that are there; null when none is. -#}
{% macro json_object_text(entries) -%}
    nullif(cast(to_json(map_from_entries(list_filter(
        [
            {%- for key, value in entries.items() %}
            {'k': '{{ key }}', 'v': {{ value }}}{{ ',' if not loop.last }}
            {%- endfor %}
        ],
        lambda entry: entry.v is not null
    ))) as varchar), '{}')
{%- endmacro %}

{#- A JSON field that some logs write as an object or list and others as a string holding it. -#}
{% macro json_unwrapped(json) -%}
    case
        when json_type({{ json }}) = 'VARCHAR'
            then try_cast(json_extract_string({{ json }}, '$') as json)
        else {{ json }}
    end
{%- endmacro %}

{#- What from_json reads out of an object, as its second argument: `texts` as text, and further
    fields with a spec of their own. -#}
{% macro json_fields(texts, more={}) -%}
    {%- set fields = [] -%}
    {%- for name in texts %}{%- do fields.append('"' ~ name ~ '": "VARCHAR"') %}{%- endfor -%}
    {%- for name, spec in more.items() %}{%- do fields.append('"' ~ name ~ '": ' ~ spec) %}{%- endfor -%}
    {{ return('{' ~ fields | join(', ') ~ '}') }}
{%- endmacro %}
