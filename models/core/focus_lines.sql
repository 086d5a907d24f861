{{ config(materialized='table') }}

{{ union_shape('focus_lines', [
    'stg_focus_any__focus_lines',
    'stg_aws_bedrock_focus__focus_lines',
    'stg_azure_openai__focus_lines',
    'stg_google_vertex_focus__focus_lines',
    'stg_ibm_watsonx__focus_lines',
    'stg_aws_bedrock__focus_lines',
    'stg_google_vertex__focus_lines',
]) }}
