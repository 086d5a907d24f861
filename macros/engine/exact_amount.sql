{#- A vendor's number (text) as exact money. Null when it is no number, or one that is too large for an
    amount (docs/decisions.md): the line is then refused. -#}
{% macro exact_amount(text, type=none) -%}
    try_cast({{ text }} as {{ type or amount_type() }})
{%- endmacro %}

{#- True for text that is there but does not become the value it should. -#}
{% macro unreadable(text, parsed) -%}
    (nullif(trim({{ text }}), '') is not null and {{ parsed }} is null)
{%- endmacro %}

{#- The first amount of a list (JSON) that is none, as text; it stands at the first of the paths that is
    there. -#}
{% macro first_unreadable_amount(json, paths) -%}
    list_filter(
        list_transform(
            {{ json_list(json) }},
            lambda part: coalesce(
                {%- for path in paths %}
                    json_extract_string(part, '{{ path }}'),
                {%- endfor %}
                ''
            )
        ),
        lambda part: {{ exact_amount('part') }} is null
    )[1]
{%- endmacro %}

{#- A vendor's number of cents (text) as exact money in units of the currency. -#}
{% macro exact_cents(text) -%}
    {{ exact_product('try_cast(' ~ text ~ ' as decimal(36, 16))', '0.01', amount_type()) }}
{%- endmacro %}

{#- What stands where a number should and the limit of such numbers, in brackets, for the reason of a
    refusal: only what looks like a number, for other text may be anybody's. The limits are those of
    the types in types.sql (docs/decisions.md). -#}
{% macro refused_number(text, limit='10^16') -%}
    coalesce(
        ' (' || nullif(regexp_extract(trim({{ text }}), '^[-+]?[0-9][-+0-9.eE]{0,59}$'), '')
        || ', the limit is {{ limit }})',
        ''
    )
{%- endmacro %}

{#- The text of the first of several that does not become the value it should, null when all do:
    a mapping of texts to values. -#}
{% macro first_unreadable(values) -%}
    case
        {%- for text, parsed in values.items() %}
            when {{ unreadable(text, parsed) }} then {{ text }}
        {%- endfor %}
    end
{%- endmacro %}
