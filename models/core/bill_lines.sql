{{ config(materialized='table') }}

{{ union_shape('bill_lines', [
    'stg_openai__bill_lines',
    'stg_anthropic__bill_lines',
    'stg_github_copilot__bill_lines',
    'stg_claude_seats__bill_lines',
    'stg_cursor__bill_lines',
]) }}
