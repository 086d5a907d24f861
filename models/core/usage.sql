{{ config(materialized='table') }}

{{ union_shape('usage', [
    'stg_litellm__usage',
    'stg_openai__usage',
    'stg_anthropic__usage',
    'stg_opentelemetry__usage',
    'stg_coding_agents__usage',
    'stg_chatgpt__usage',
    'stg_cursor__usage',
    'stg_aws_bedrock__usage',
    'stg_azure_openai__usage',
    'stg_google_vertex__usage',
    'stg_langfuse__usage',
    'stg_helicone__usage',
    'stg_portkey__usage',
    'stg_openrouter__usage',
    'stg_github_copilot__usage',
    'stg_google_workspace__usage',
]) }}
