{{ config(materialized='table') }}

with lines as (
    select * from {{ source('google_vertex', 'focus') }}
),

landed as (
    {{ focus_rows('lines') }}
),

final as (
    {{ focus_records(
        'landed',
        provider='google_cloud',
        known=[
            'x_costtype', 'x_currencyconversionrate', 'x_exporttime', 'x_location',
            'x_systemlabels', 'x_subscriptioninstanceid',
            'x_priceeffectivepricedefault', 'x_pricelistpriceconsumptionmodel',
            'x_costateffectivepricedefault', 'x_costatlistconsumptionmodel',
            'x_consumptionmodelid', 'x_consumptionmodeldescription', 'x_projectid',
            'x_projectnumber', 'x_projectname', 'x_projectancestrynumbers',
            'x_projectancestors',
        ]
    ) }}
)

select * from final
