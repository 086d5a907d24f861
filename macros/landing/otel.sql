{#- Values of OpenTelemetry, whatever encoder wrote them. -#}

{#- The attributes that are asked for as a list of names (k) and texts (v), equal ones once. Exporters
    write a list of keys and typed values, or a plain object. -#}
{% macro otel_entries(attributes, names) -%}
    list_distinct(list_filter(
        case json_type({{ attributes }})
            when 'ARRAY'
                then
                    list_transform(
                        list_filter(
                            from_json({{ attributes }}, '[{
                                "key": "VARCHAR",
                                "value": {
                                    "stringValue": "VARCHAR", "intValue": "VARCHAR",
                                    "doubleValue": "VARCHAR", "boolValue": "VARCHAR"
                                }
                            }]'),
                            lambda a: a.key in {{ tuple_of(names) }}
                        ),
                        lambda a: {'k': a.key, 'v': coalesce(
                            a.value.stringvalue, a.value.intvalue, a.value.doublevalue,
                            a.value.boolvalue
                        )}
                    )
            when 'OBJECT'
                then
                    list_transform(
                        list_filter(
                            json_keys({{ attributes }}), lambda k: k in {{ tuple_of(names) }}
                        ),
                        lambda k: {
                            'k': k,
                            'v': json_extract_string({{ attributes }}, {{ json_pointer('k') }})
                        }
                    )
            else []
        end,
        lambda entry: entry.v is not null
    ))
{%- endmacro %}

{#- Such a list as a map; null when one name has two different values. -#}
{% macro otel_map(entries) -%}
    case
        when
            len({{ entries }})
            = len(list_distinct(list_transform({{ entries }}, lambda entry: entry.k)))
            then map_from_entries({{ entries }})
    end
{%- endmacro %}

{#- The first of the attributes that is there and not blank. -#}
{% macro otel_first(attributes, names) -%}
    coalesce(
        {%- for name in names %}
            nullif(trim({{ attributes }}['{{ name }}']), ''),
        {%- endfor %}
        null
    )
{%- endmacro %}

{#- A time as UTC: nanoseconds since 1970 digit by digit (they do not fit a double), otherwise the
    seconds and nanoseconds, or the text, that encoders for one language write. -#}
{% macro otel_time(nanoseconds, other) -%}
    case
        when regexp_full_match({{ nanoseconds }}, '[12][0-9]{18}')
            then {{ epoch_timestamp("left(" ~ nanoseconds ~ ", 10) || '.' || substr(" ~ nanoseconds ~ ", 11, 6)") }}
        when
            regexp_full_match(cast({{ other }} as varchar), '\[[12][0-9]{9}, ?[0-9]{1,9}\]')
            then
                {{ epoch_timestamp(
                    "json_extract_string(" ~ other ~ ", '$[0]') || '.' || left(lpad("
                    ~ "json_extract_string(" ~ other ~ ", '$[1]'), 9, '0'), 6)"
                ) }}
        when json_type({{ other }}) = 'VARCHAR'
            then {{ moment("json_extract_string(" ~ other ~ ", '$')") }}
    end
{%- endmacro %}
