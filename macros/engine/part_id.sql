{#- Identity of an owner's part of a charge line. -#}
{% macro part_id(parts) -%}
    md5(concat_ws(
        chr(31), {{ parts }}.charge_id, coalesce({{ parts }}.owner_key, 'open'),
        coalesce({{ parts }}.feature, '')
    ))
{%- endmacro %}
