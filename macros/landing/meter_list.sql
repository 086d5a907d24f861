{#- Token columns of a record as a list to unnest: one entry per meter with a quantity above 0.
    A record without any still yields one entry (meter `requests`), so no record can vanish.
    is_first marks the one row that carries what belongs to the record as a whole. -#}
{% macro meter_list(meters) -%}
    list_transform(
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
        end,
        lambda entry, position: {
            'meter': entry.meter, 'quantity': entry.quantity, 'is_first': position = 1
        }
    )
{%- endmacro %}
