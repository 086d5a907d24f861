{{ config(severity='warn') }}

-- A bill states another price for a credit than the seed virtual_currencies: the seed is old, or a
-- contract holds. The bill is charged as it is.
select
    charges.service,
    charges.pricing_currency,
    charges.charge_period_start,
    charges.list_unit_price,
    virtual_currencies.unit_price
from {{ ref('charge_lines') }} as charges
inner join {{ ref('virtual_currencies') }} as virtual_currencies
    on
        charges.service = virtual_currencies.service
        and charges.pricing_currency = virtual_currencies.virtual_currency
        and charges.pricing_unit = virtual_currencies.unit
        and charges.billing_currency = virtual_currencies.currency
        and charges.charge_period_start
        >= coalesce(virtual_currencies.valid_from, date '1900-01-01')
        and charges.charge_period_start < coalesce(virtual_currencies.valid_to, date '9999-12-31')
where charges.list_unit_price != virtual_currencies.unit_price
