{{ config(materialized='table') }}

{{ union_shape('usage', [
    'stg_litellm__usage',
    'stg_openai__usage',
    'stg_anthropic__usage',
    'stg_github_copilot__usage',
    'stg_google_workspace__usage',
]) }}
