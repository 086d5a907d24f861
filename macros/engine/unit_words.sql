{#- A unit's words with capitals and blanks between them: duration_seconds and CAPACITY_UNIT_HOURS become
    Duration Seconds and Capacity Unit Hours. -#}
{% macro unit_words(unit) -%}
    if(
        contains({{ unit }}, '_'),
        array_to_string(
            list_transform(
                list_filter(string_split({{ unit }}, '_'), lambda word: word != ''),
                lambda word: upper(word[1]) || lower(word[2:])
            ),
            ' '
        ),
        {{ unit }}
    )
{%- endmacro %}
