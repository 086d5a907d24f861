{#- Start and end of the charge period a usage record falls into, by the var focus_usage_grain.
    A record wider than the grain (a vendor's daily bucket at grain hour) keeps its own bounds.
    FOCUS times are whole seconds and ends are exclusive: a call ends with its last second. -#}
{% macro usage_period_start() -%}
    {%- set grain = var('focus_usage_grain') -%}
    {%- if grain not in ('day', 'hour', 'call') -%}
        {{ exceptions.raise_compiler_error(
            "focus_usage_grain is '" ~ grain ~ "': it must be day, hour or call"
        ) }}
    {%- endif -%}
    {%- if grain == 'call' -%}
        date_trunc('second', started_at)
    {%- else -%}
        date_trunc(if(ended_at - started_at > interval '1 {{ grain }}', 'second', '{{ grain }}'), started_at)
    {%- endif -%}
{%- endmacro %}

{% macro usage_period_end() -%}
    {%- set grain = var('focus_usage_grain') -%}
    {%- set own_end = "date_trunc('second', ended_at + interval '999999 microseconds')" -%}
    {%- if grain == 'call' -%}
        greatest({{ own_end }}, date_trunc('second', started_at) + interval '1 second')
    {%- else -%}
        if(
            ended_at - started_at > interval '1 {{ grain }}',
            {{ own_end }},
            date_trunc('{{ grain }}', started_at) + interval '1 {{ grain }}'
        )
    {%- endif -%}
{%- endmacro %}
