{{ config(materialized='table') }}

{{ union_shape('focus_lines', [
]) }}
