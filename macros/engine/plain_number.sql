{#- A decimal as text without pointless zeros: 0.01000000 is 0.01, 19.00000000 is 19. -#}
{% macro plain_number(number) -%}
    rtrim(rtrim(cast({{ number }} as varchar), '0'), '.')
{%- endmacro %}
