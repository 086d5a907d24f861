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

{#- The first value of a key in a tag list; null when the key is absent. -#}
{% macro tag_value(tags, key) -%}
    list_transform(
        list_filter({{ tags }}, lambda t: lower(trim(split_part(t, ':', 1))) = '{{ key }}' and contains(t, ':')),
        lambda t: trim(substr(t, instr(t, ':') + 1))
    )[1]
{%- endmacro %}

{#- A tag list as key and value: a label without a value is true. The gateway's own User-Agent tags
    are not the caller's; e-mail addresses become pseudonyms, in keys too. -#}
{% macro tag_entries(tags) -%}
    list_transform(
        list_filter({{ tags }}, lambda t: not starts_with(t, 'User-Agent:') and trim(t) != ''),
        lambda t: {
            'k': {{ hide_email("trim(split_part(t, ':', 1))") }},
            'v': case
                when contains(t, ':')
                    then to_json({{ hide_email("trim(substr(t, instr(t, ':') + 1))") }})
                else to_json(true)
            end
        }
    )
{%- endmacro %}

{#- The entries of a tag list as a JSON object text in key order, the first value of a key winning.
    Null when there are none. -#}
{% macro tags_json(entries) -%}
    nullif(cast(to_json(map_from_entries(list_transform(
        list_sort(list_distinct(list_transform({{ entries }}, lambda e: e.k))),
        lambda key: list_filter({{ entries }}, lambda e: e.k = key)[1]
    ))) as varchar), '{}')
{%- endmacro %}
