{#- ISO text as a UTC timestamp: an offset is applied, a time without one is UTC. Null when the
    text is no time. (A plain cast to timestamp drops the offset without a word.) -#}
{% macro utc_timestamp(text) -%}
    {{ return(adapter.dispatch('utc_timestamp')(text)) }}
{%- endmacro %}

{% macro default__utc_timestamp(text) -%}
    {{ exceptions.raise_compiler_error('utc_timestamp is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(text) -%}
    (try_cast({{ text }} as timestamptz) at time zone 'UTC')
{%- endmacro %}
