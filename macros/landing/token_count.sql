{#- A count of tokens, searches or requests (text) as a whole number. Null when the text is none: a
    fraction is not rounded, and ten billion or more does not fit the exact quantity type. -#}
{% macro token_count(text) -%}
    case
        when regexp_full_match(trim({{ text }}), '-?\d{1,10}([.]0*)?')
            then cast(split_part(trim({{ text }}), '.', 1) as bigint)
    end
{%- endmacro %}
