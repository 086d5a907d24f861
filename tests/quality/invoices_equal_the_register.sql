-- An invoice whose lines do not add up to what the register says stands on it. A vendor rounds to
-- hundredths; anything more is a bill that has not landed whole, or an invoice to be asked about.
{{ config(severity='warn') }}

with invoice_lines as (
    select
        invoice_issuer_name,
        invoice_id,
        billing_currency,
        sum(billed_cost) as lines_total
    from {{ ref('invoice_lines') }}
    group by invoice_issuer_name, invoice_id, billing_currency
),

invoices as (
    select * from {{ ref('invoices') }}
    where invoice_issue_status != 'Voided'
)

select
    invoices.invoice_issuer_name,
    invoices.invoice_id,
    invoices.billing_currency,
    invoices.stated_total,
    invoice_lines.lines_total
from invoices
inner join invoice_lines
    on
        invoices.invoice_issuer_name = invoice_lines.invoice_issuer_name
        and invoices.invoice_id = invoice_lines.invoice_id
        and invoices.billing_currency = invoice_lines.billing_currency
where abs(invoices.stated_total - invoice_lines.lines_total) > 0.005
