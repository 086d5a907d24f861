{#- Text in the form in which names are compared: lower case, words joined by '-'. The words that
    logs write for "nothing" become null. -#}
{% macro known_text(text) -%}
    case
        when lower(trim({{ text }})) not in ('', 'null', 'none', 'unknown', 'default', 'n/a')
            then regexp_replace(lower(trim({{ text }})), '[\s_-]+', '-', 'g')
    end
{%- endmacro %}
