{{ config(materialized='table') }}

with lines as (
    select * from {{ source('azure_openai', 'focus') }}
),

landed as (
    {{ focus_rows('lines') }}
),

final as (
    {{ focus_records(
        'landed',
        provider='azure',
        known=[
            'x_accountid', 'x_accountname', 'x_accountownerid',
            'x_amortizationclass', 'x_billedcostinusd', 'x_billedunitprice',
            'x_billingaccountid', 'x_billingaccountname', 'x_billingexchangerate',
            'x_billingexchangeratedate', 'x_billingprofileid',
            'x_billingprofilename', 'x_contractedcostinusd',
            'x_costallocationrulename', 'x_customerid', 'x_customername',
            'x_effectivecostinusd', 'x_effectiveunitprice', 'x_invoiceid',
            'x_invoiceissuerid', 'x_invoicesectionid', 'x_invoicesectionname',
            'x_listcostinusd', 'x_partnercreditapplied', 'x_partnercreditrate',
            'x_pricingcurrency', 'x_pricingsubcategory', 'x_pricingunitdescription',
            'x_publishercategory', 'x_publisherid', 'x_resellerid',
            'x_resellername', 'x_resourcegroupname', 'x_resourcetype',
            'x_servicemodel', 'x_serviceperiodend', 'x_serviceperiodstart',
            'x_skudescription', 'x_skudetails', 'x_skuiscrediteligible',
            'x_skumeterid', 'x_skuofferid', 'x_skuorderid', 'x_skuordername',
            'x_skupartnumber', 'x_skuplanname', 'x_skuregion', 'x_skuservicefamily',
            'x_skuterm', 'x_skutier',
        ]
    ) }}
)

select * from final
