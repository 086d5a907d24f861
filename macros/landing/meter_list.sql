{#- Token columns of a record as a list to unnest: one entry per meter with a quantity above 0.
    A record without any still yields one entry (meter `requests`), so no record can vanish. -#}
{% macro meter_list(meters) -%}
    case
        when {% for column in meters.values() %}coalesce({{ column }}, 0) > 0{{ ' or ' if not loop.last }}{% endfor %}
            then
                list_filter(
                    [
                        {%- for meter, column in meters.items() %}
                        {'meter': '{{ meter }}', 'quantity': cast(coalesce({{ column }}, 0) as {{ quantity_type() }})}{{ ',' if not loop.last }}
                        {%- endfor %}
                    ],
                    lambda entry: entry.quantity > 0
                )
        else [{'meter': 'requests', 'quantity': cast(1 as {{ quantity_type() }})}]
    end
{%- endmacro %}
