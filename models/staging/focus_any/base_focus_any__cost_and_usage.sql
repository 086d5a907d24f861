{{ config(materialized='table') }}

with lines as (
    select * from {{ source('focus_any', 'cost_and_usage') }}
),

landed as (
    {{ focus_rows('lines') }}
),

final as (
    {{ focus_records('landed') }}
)

select * from final
