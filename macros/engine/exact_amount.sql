{#- A vendor's number (JSON text) as exact money. Null when it is no number. -#}
{% macro exact_amount(text) -%}
    try_cast({{ text }} as {{ money_type() }})
{%- endmacro %}

{#- True for text that is there but does not become the value it should. -#}
{% macro unreadable(text, parsed) -%}
    (nullif(trim({{ text }}), '') is not null and {{ parsed }} is null)
{%- endmacro %}
