{#- A time in either of the forms that logs mix: ISO text (an offset is applied, none means UTC) or
    Unix seconds. Null for anything else, such as milliseconds or the word infinity. -#}
{% macro moment(text) -%}
    case
        when regexp_full_match({{ text }}, '\d{1,10}([.]\d+)?') then {{ epoch_timestamp(text) }}
        when regexp_matches({{ text }}, '^\d{4}-\d\d-\d\d') then {{ utc_timestamp(text) }}
    end
{%- endmacro %}
