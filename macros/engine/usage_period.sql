{#- Start and end of the charge period a usage record falls into, by the var focus_usage_grain.
    A record wider than the grain (a vendor's daily bucket at grain hour) keeps its own bounds. -#}
{% macro usage_period_start() -%}
    {%- set grain = var('focus_usage_grain') -%}
    {%- if grain not in ('day', 'hour', 'call') -%}
        {{ exceptions.raise_compiler_error(
            "focus_usage_grain is '" ~ grain ~ "': it must be day, hour or call"
        ) }}
    {%- endif -%}
    {%- if grain == 'call' -%}
        started_at
    {%- else -%}
        if(ended_at - started_at > interval '1 {{ grain }}', started_at, date_trunc('{{ grain }}', started_at))
    {%- endif -%}
{%- endmacro %}

{% macro usage_period_end() -%}
    {%- set grain = var('focus_usage_grain') -%}
    {%- if grain == 'call' -%}
        greatest(ended_at, started_at + interval '1 microsecond')
    {%- else -%}
        if(
            ended_at - started_at > interval '1 {{ grain }}',
            ended_at,
            date_trunc('{{ grain }}', started_at) + interval '1 {{ grain }}'
        )
    {%- endif -%}
{%- endmacro %}
