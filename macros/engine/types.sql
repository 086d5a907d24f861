{#- The exact types of money. Their limits are documented in docs/decisions.md; what a file states
    beyond them is refused by line. Products of them are made by exact_product alone. -#}
{% macro money_type() %}decimal(38, 18){% endmacro %}

{#- What one line may state as an amount. A sum of many lines has four digits more. -#}
{% macro amount_type() %}decimal(34, 18){% endmacro %}

{% macro unit_price_type() %}decimal(18, 8){% endmacro %}

{% macro pricing_quantity_type() %}decimal(28, 10){% endmacro %}

{#- A consumed quantity in the vendor's own unit: bytes times seconds have more digits than millions
    of tokens. It is never multiplied with a price. -#}
{% macro quantity_type() %}decimal(34, 10){% endmacro %}

{#- An invoice's amount, rounded to ten digits before it is multiplied with a rate of eight. -#}
{% macro payable_type() %}decimal(28, 10){% endmacro %}
