{#- Unix seconds (number or text, fractions allowed) as a UTC timestamp to the microsecond. -#}
{% macro epoch_timestamp(seconds) -%}
    {{ return(adapter.dispatch('epoch_timestamp')(seconds)) }}
{%- endmacro %}

{% macro default__epoch_timestamp(seconds) -%}
    {{ exceptions.raise_compiler_error('epoch_timestamp is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__epoch_timestamp(seconds) -%}
    make_timestamp(cast(try_cast({{ seconds }} as decimal(28, 6)) * 1000000 as bigint))
{%- endmacro %}
