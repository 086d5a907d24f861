{#- A record that tells one call, with its time; a bucket of a report tells many. -#}
{% macro is_one_call() -%}
    (coalesce(request_count, 1) <= 1 and ended_at - started_at < interval '1 hour')
{%- endmacro %}

{#- The words of sources for a call that did not give what was asked. A refusal is an answer. -#}
{% macro is_failed(status) -%}
    (
        {{ status }} in (
            'failure', 'failed', 'error', 'errored', 'cancelled', 'canceled', 'timeout', 'timed out',
            'aborted', 'incomplete'
        )
    )
{%- endmacro %}
