{{ config(materialized='table') }}

{{ union_shape('focus_lines', [
    'stg_aws_bedrock__focus_lines',
    'stg_google_vertex__focus_lines',
]) }}
