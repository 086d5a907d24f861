{{ config(materialized='table') }}

{{ union_shape('usage', [
    'stg_litellm__usage',
    'stg_openai__usage',
    'stg_anthropic__usage',
    'stg_langfuse__usage',
    'stg_helicone__usage',
    'stg_portkey__usage',
    'stg_openrouter__usage',
]) }}
