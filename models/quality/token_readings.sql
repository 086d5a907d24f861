{%- set readers = [
    'base_litellm__records', 'base_litellm__rollups', 'base_langfuse__observations',
    'base_helicone__requests', 'base_portkey__logs', 'base_opentelemetry__traces',
    'base_openrouter__generations', 'base_aws_bedrock__invocation_logs',
    'base_azure_openai__requests', 'base_google_vertex__request_logs',
    'base_anthropic__messages', 'base_coding_agents__claude_code', 'base_coding_agents__codex',
    'base_coding_agents__gemini_cli',
] %}

with records as (
    {%- for reader in readers %}
        select
            source_dataset,
            reading_certainty,
            tokens
        from {{ ref(reader) }}
        where record_status = 'accepted'
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        source_dataset,
        reading_certainty,
        count(*) as record_count,
        sum(tokens) as tokens
    from records
    group by all
)

select * from final
