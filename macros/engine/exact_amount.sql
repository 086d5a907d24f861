{#- A vendor's number (text) as exact money. Null when it is no number, or one that is too large for an
    amount (docs/decisions.md): the line is then refused. -#}
{% macro exact_amount(text, type=none) -%}
    try_cast({{ text }} as {{ type or amount_type() }})
{%- endmacro %}

{#- True for text that is there but does not become the value it should. -#}
{% macro unreadable(text, parsed) -%}
    (nullif(trim({{ text }}), '') is not null and {{ parsed }} is null)
{%- endmacro %}

{#- A vendor's number of cents (text) as exact money in units of the currency. -#}
{% macro exact_cents(text) -%}
    {{ exact_product('try_cast(' ~ text ~ ' as decimal(36, 16))', '0.01', amount_type()) }}
{%- endmacro %}

{#- What stands where a number should, in brackets, for the reason of a refusal: only what looks like a
    number, for other text may be anybody's. -#}
{% macro refused_number(text) -%}
    coalesce(
        ' (' || nullif(regexp_extract(trim({{ text }}), '^[-+]?[0-9][-+0-9.eE]{0,59}$'), '') || ')', ''
    )
{%- endmacro %}
