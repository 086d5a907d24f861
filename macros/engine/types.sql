{#- The exact types of money. Precisions of price and quantity add up to 37 and their scales to
    the money scale, so that unit price x quantity is exact on DuckDB and on Spark. -#}
{% macro money_type() %}decimal(38, 18){% endmacro %}

{% macro unit_price_type() %}decimal(17, 8){% endmacro %}

{% macro pricing_quantity_type() %}decimal(20, 10){% endmacro %}

{#- A consumed quantity in the vendor's own unit: a day of tokens has more digits than a day of
    millions of tokens. It is never multiplied with a price. -#}
{% macro quantity_type() %}decimal(28, 10){% endmacro %}

{#- An invoice's amount, rounded to ten digits before it is multiplied with a rate of eight. -#}
{% macro payable_type() %}decimal(24, 10){% endmacro %}
