-- A currency on days for which the seed exchange_rates has no rate: its charges are in no total of
-- the reporting currency. Enter a rate.
{{ config(severity='warn') }}

select
    billing_currency,
    reporting_currency,
    cast(charge_period_start as date) as charge_day,
    count(*) as charges
from {{ ref('charge_in_reporting_currency') }}
where conversion_status = 'no rate'
group by all
