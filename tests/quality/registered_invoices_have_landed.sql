-- An invoice in the register whose bill has not landed: money that accounts payable knows of and
-- this project does not.
{{ config(severity='warn') }}

with invoices as (
    select * from {{ ref('invoices') }}
    where invoice_issue_status = 'Issued'
),

invoice_lines as (
    select * from {{ ref('invoice_lines') }}
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
where invoice_lines.invoice_id is null
