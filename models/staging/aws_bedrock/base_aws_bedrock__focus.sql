{{ config(materialized='table') }}

with lines as (
    select * from {{ source('aws_bedrock', 'focus') }}
),

landed as (
    {{ focus_rows('lines') }}
),

final as (
    {{ focus_records(
        'landed',
        provider='aws',
        known=[
            'x_discounts', 'x_operation', 'x_costcategories',
        ]
    ) }}
)

select * from final
