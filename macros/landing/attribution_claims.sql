{#- What a caller declared in X-Cost-* headers: header names in any case, with '-' or '_'. -#}
{% macro cost_header(headers, name) -%}
    nullif(trim(
        json_extract_string(
            replace(lower(cast({{ headers }} as varchar)), 'x_cost_', 'x-cost-'),
            '$."x-cost-{{ name }}"'
        )
    ), '')
{%- endmacro %}

{#- A JSON list of request tags as a list of text ('key:value' or a label). -#}
{% macro tag_list(tags) -%}
    coalesce(try_cast({{ tags }} as varchar[]), [])
{%- endmacro %}

{#- A JSON object's scalar entries as the same kind of list: 'key:value'. -#}
{% macro object_tag_list(object) -%}
    case
        when json_type({{ object }}) = 'OBJECT'
            then
                list_transform(
                    list_filter(
                        json_keys({{ object }}),
                        lambda k: json_type({{ object }}, '$."' || k || '"')
                        not in ('OBJECT', 'ARRAY', 'NULL')
                    ),
                    lambda k: k || ':' || json_extract_string({{ object }}, '$."' || k || '"')
                )
        else []
    end
{%- endmacro %}

{#- The first value of a key in a tag list; null when the key is absent. -#}
{% macro tag_value(tags, key) -%}
    list_transform(
        list_filter({{ tags }}, lambda t: lower(trim(split_part(t, ':', 1))) = '{{ key }}' and contains(t, ':')),
        lambda t: trim(substr(t, instr(t, ':') + 1))
    )[1]
{%- endmacro %}

{#- A tag list as a JSON object text in key order, the first value of a key winning; a label
    without a value is true. The gateway's own User-Agent tags are not the caller's; e-mail
    addresses become pseudonyms. Null when nothing is left. -#}
{% macro tags_json(tags) -%}
    nullif(cast(to_json(map_from_entries(
        list_transform(
            list_sort(list_distinct(list_transform(
                list_filter({{ tags }}, lambda t: not starts_with(t, 'User-Agent:') and trim(t) != ''),
                lambda t: trim(split_part(t, ':', 1))
            ))),
            lambda k: {
                'k': k,
                'v': list_transform(
                    list_filter({{ tags }}, lambda t: trim(split_part(t, ':', 1)) = k),
                    lambda t: case
                        when contains(t, ':')
                            then to_json({{ hide_email("trim(substr(t, instr(t, ':') + 1))") }})
                        else to_json(true)
                    end
                )[1]
            }
        )
    )) as varchar), '{}')
{%- endmacro %}
