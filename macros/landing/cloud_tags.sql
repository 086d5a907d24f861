{#- The tags of a cloud's bill or log, a JSON object of texts, as a list of entries, short keys
    first. Null when it is no object. -#}
{% macro cloud_tag_entries(object) -%}
    case
        when json_type({{ object }}) = 'OBJECT'
            then list_sort(list_transform(
                json_keys({{ object }}),
                lambda k: {
                    'size': length(k),
                    'name': k,
                    'value': nullif(trim(json_extract_string({{ object }}, {{ json_pointer('k') }})), '')
                }
            ))
    end
{%- endmacro %}

{#- The same of a JSON list of {"key": ..., "value": ...}, with a prefix before each key. -#}
{% macro cloud_label_entries(labels, prefix='') -%}
    list_transform(
        coalesce({{ json_list(labels) }}, []),
        lambda label: {
            'size': length('{{ prefix }}' || json_extract_string(label, '$.key')),
            'name': '{{ prefix }}' || json_extract_string(label, '$.key'),
            'value': nullif(trim(json_extract_string(label, '$.value')), '')
        }
    )
{%- endmacro %}

{#- The value of a tag by its key (a pattern) in any case; '-', '_' and a space in the key are the
    same. Clouds put prefixes before a key: the plain key goes first, then the longer ones. -#}
{% macro cloud_tag(entries, key) -%}
    list_filter(
        {{ entries }},
        lambda tag: tag.value is not null
        and regexp_full_match(translate(lower(tag.name), '- ', '__'), '(.*[:/]|user_)?{{ key }}')
    )[1].value
{%- endmacro %}

{#- Those entries as tags_json takes them, addresses replaced by pseudonyms, in keys too. -#}
{% macro hidden_tags(entries) -%}
    list_transform(
        list_filter({{ entries }}, lambda tag: tag.value is not null and tag.name is not null),
        lambda tag: {
            'k': {{ hide_email('tag.name') }},
            'v': to_json({{ hide_email('tag.value') }})
        }
    )
{%- endmacro %}

{#- Who called, from an AWS principal's ARN: the person's address where the session is named by it,
    otherwise the whole ARN. To be hidden by `pseudonym`. -#}
{% macro aws_principal(arn) -%}
    coalesce(
        nullif(regexp_extract({{ arn }}, '/([^/@\s]+@[^/@\s]+[.][^/@\s]+)$', 1), ''), {{ arn }}
    )
{%- endmacro %}
