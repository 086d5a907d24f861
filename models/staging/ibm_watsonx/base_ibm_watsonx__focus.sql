{{ config(materialized='table') }}

with lines as (
    select * from {{ source('ibm_watsonx', 'focus') }}
),

landed as (
    {{ focus_rows('lines') }}
),

final as (
    {{ focus_records(
        'landed',
        provider='ibm_cloud',
        known=[
            'x_discountid', 'x_discountname', 'x_discountquantity', 'x_offerid',
            'x_offercredit',
        ]
    ) }}
)

select * from final
