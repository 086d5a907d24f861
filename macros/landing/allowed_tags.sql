{#- Of a tags object only the keys in the var aggregated_tag_keys: a tag that differs from call to
    call, such as a ticket number, would undo the aggregation. Null when nothing is left. -#}
{% macro allowed_tags(tags) -%}
    {%- set entries = {} -%}
    {%- for key in var('aggregated_tag_keys') -%}
        {%- do entries.update({key: "json_extract(" ~ tags ~ ", '$.\"" ~ key ~ "\"')"}) -%}
    {%- endfor -%}
    {%- if entries -%}
        {{ json_object_text(entries) }}
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}
