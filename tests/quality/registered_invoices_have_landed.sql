-- An invoice in the register whose bill has not landed: money that accounts payable knows of and
-- this project does not. A month that was closed before its invoice came keeps its charges without.
{{ config(severity='warn') }}

with invoices as (
    select * from {{ ref('invoices') }}
    where invoice_issue_status = 'Issued'
),

invoice_lines as (
    select * from {{ ref('invoice_lines') }}
),

closed_before as (
    select distinct
        invoice_issuer_name,
        billing_account_id,
        billing_period_start,
        billing_currency
    from {{ ref('closed_charges') }}
    where invoice_id is null and x_cost_basis = 'Reported'
)

select
    invoices.invoice_issuer_name,
    invoices.invoice_id,
    invoices.stated_total
from invoices
left join invoice_lines
    on
        invoices.invoice_issuer_name = invoice_lines.invoice_issuer_name
        and invoices.invoice_id = invoice_lines.invoice_id
left join closed_before
    on
        invoices.invoice_issuer_name = closed_before.invoice_issuer_name
        and invoices.billing_account_id = closed_before.billing_account_id
        and invoices.billing_month = closed_before.billing_period_start
        and invoices.billing_currency = closed_before.billing_currency
where invoice_lines.invoice_id is null and closed_before.billing_account_id is null
