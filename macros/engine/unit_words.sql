{#- A unit in the words that FOCUS wants: duration_seconds and CAPACITY_UNIT_HOURS become Duration
    Seconds and Capacity Unit Hours, Gigabyte-Months becomes GB-Months, hrs becomes Hours. -#}
{% macro unit_words(unit) -%}
    {%- set ns = namespace(words='') -%}
    {%- set words -%}
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
    {%- endset -%}
    {%- set ns.words = words -%}
    {%- for pattern, word in {
        '(?i)kilobytes?': 'KB',
        '(?i)megabytes?': 'MB',
        '(?i)gigabytes?': 'GB',
        '(?i)terabytes?': 'TB',
        '(?i)petabytes?': 'PB',
        'secs?|seconds?': 'Seconds',
        'mins?|minutes?': 'Minutes',
        'hrs?|hours?': 'Hours',
        'days?': 'Days',
        'months?': 'Months',
    }.items() -%}
        {%- set ns.words = "regexp_replace(" ~ ns.words ~ ", '\\b(" ~ pattern ~ ")\\b', '" ~ word ~ "', 'g')" -%}
    {%- endfor -%}
    {{ ns.words }}
{%- endmacro %}
