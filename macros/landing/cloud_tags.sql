{#- The tags of a cloud's bill, a JSON object of texts, as a JSON object text in key order,
    addresses replaced by pseudonyms, in keys too. Null when there are none. -#}
{% macro cloud_tags(object) -%}
    case
        when json_type({{ object }}) = 'OBJECT'
            then {{ tags_json(
                "list_transform(list_filter(json_keys(" ~ object ~ "), lambda k: "
                ~ cloud_tag_text(object, 'k') ~ " is not null), lambda k: {'k': " ~ hide_email('k')
                ~ ", 'v': to_json(" ~ hide_email(cloud_tag_text(object, 'k')) ~ ")})"
            ) }}
    end
{%- endmacro %}

{#- The value of a tag by its key in any case; '-', '_' and a space in the key are the same. Clouds
    put prefixes before a key: the plain key goes first, then the longer ones in order of length. -#}
{% macro cloud_tag(object, key) -%}
    case
        when json_type({{ object }}) = 'OBJECT'
            then
                list_transform(
                    list_sort(list_transform(
                        list_filter(
                            json_keys({{ object }}),
                            lambda k: regexp_full_match(
                                replace(replace(lower(k), '-', '_'), ' ', '_'),
                                '(.*[:/]|user_)?{{ key }}'
                            ) and {{ cloud_tag_text(object, 'k') }} is not null
                        ),
                        lambda k: {'length': length(k), 'name': k}
                    )),
                    lambda found: {{ cloud_tag_text(object, 'found.name') }}
                )[1]
    end
{%- endmacro %}

{% macro cloud_tag_text(object, key) -%}
    nullif(trim(json_extract_string({{ object }}, {{ json_pointer(key) }})), '')
{%- endmacro %}

{#- A list of {"key": ..., "value": ...} entries as a JSON object, with a prefix before each key; of
    equal keys the first counts. Null when there are none. -#}
{% macro key_values(list, prefix='') -%}
    cast({{ tags_json(
        "list_transform(list_filter(" ~ json_list(list) ~ ", lambda e: json_extract_string(e, "
        ~ "'$.key') is not null), lambda e: {'k': '" ~ prefix ~ "' || json_extract_string(e, '$.key'), 'v': "
        ~ "to_json(coalesce(json_extract_string(e, '$.value'), ''))})"
    ) }} as json)
{%- endmacro %}

{#- Who called, from an AWS principal's ARN, as a pseudonym: a session named by an e-mail address is
    that person, like everywhere else; otherwise the whole ARN. -#}
{% macro aws_principal(arn) -%}
    {{ pseudonym(
        "coalesce(nullif(regexp_extract(" ~ arn ~ ", '/([^/@\\s]+@[^/@\\s]+[.][^/@\\s]+)$', 1), ''), "
        ~ arn ~ ")"
    ) }}
{%- endmacro %}
