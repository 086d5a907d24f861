{#- A time in either of the forms that logs mix: ISO text (an offset is applied, none means UTC) or
    Unix seconds. Null for anything else, such as milliseconds, the word infinity or a year that no
    AI vendor has seen. -#}
{% macro moment(text) -%}
    case
        when regexp_full_match({{ text }}, '[1-9]\d{8,9}([.]\d+)?') then {{ epoch_timestamp(text) }}
        when regexp_matches({{ text }}, '^20\d\d-\d\d-\d\d') then {{ utc_timestamp(text) }}
    end
{%- endmacro %}
