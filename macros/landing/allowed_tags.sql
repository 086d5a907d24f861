{#- Of a tags object only the keys in the var aggregated_tag_keys: a tag that differs from call to
    call, such as a ticket number, would undo the aggregation. Null when nothing is left. -#}
{% macro allowed_tags(tags) -%}
    {%- set keys = var('aggregated_tag_keys') -%}
    {%- if keys -%}
        nullif(cast(to_json(map_from_entries(list_filter(
            [
                {%- for key in keys %}
                {'k': '{{ key }}', 'v': json_extract({{ tags }}, '$."{{ key }}"')}{{ ',' if not loop.last }}
                {%- endfor %}
            ],
            lambda entry: entry.v is not null
        ))) as varchar), '{}')
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}
