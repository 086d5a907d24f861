{#- True for a SKU part number of Microsoft that is a seat of Copilot for one person, false for
    others, null without one. Copilot Studio, Security Copilot and credits are sold by capacity, viral
    trials are free. A new article of the family counts: it has no price and shows as such. -#}
{% macro is_copilot_seat(part_number) -%}
    (
        contains(lower({{ part_number }}), 'copilot')
        and not regexp_matches(lower({{ part_number }}), 'studio|security|credit|viral|github')
    )
{%- endmacro %}
