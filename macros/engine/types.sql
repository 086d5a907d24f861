{#- The exact types of money. Precisions of price and quantity add up to 37 and their scales to
    the money scale, so that unit price x quantity is exact on DuckDB and on Spark. -#}
{% macro money_type() %}decimal(38, 18){% endmacro %}

{% macro unit_price_type() %}decimal(17, 8){% endmacro %}

{% macro quantity_type() %}decimal(20, 10){% endmacro %}
