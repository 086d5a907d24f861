-- An invoice that is paid in another currency needs the rate: without one its amount is unknown.
select
    invoice_issuer_name,
    invoice_id,
    billing_currency,
    payment_currency
from {{ ref('invoices') }}
where payment_currency != billing_currency and coalesce(payment_currency_rate <= 0, true)
