{#- Calls by iteration: a message that Anthropic ran in several (compaction, advisor, fallback ...) is a
    row for each with its own model and counts, numbered in `iteration`; any other call stays one row.
    `calls` has the disjoint counts, context_tokens, model and `iterations` (null for most); columns in
    `once` count for the message as a whole and stay with its first row. -#}
{% macro by_iteration(calls, once=[]) -%}
    {%- set counts = [
        'input_tokens', 'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens',
        'output_tokens',
    ] -%}
    select
        * exclude (sampling) replace (
            {%- for name in counts %}
                if(sampling is null, {{ name }}, sampling.{{ name }}) as {{ name }},
            {%- endfor %}
            {%- for name in once %}
                if(iteration = 1, {{ name }}, 0) as {{ name }},
            {%- endfor %}
            if(
                sampling is null, context_tokens, sampling.tokens - sampling.output_tokens
            ) as context_tokens,
            coalesce(sampling.model, model) as model
        )
    from (
        select
            *,
            unnest(coalesce(iterations, [null])) as sampling,
            generate_subscripts(coalesce(iterations, [null]), 1) as iteration
        from {{ calls }}
    )
{%- endmacro %}
