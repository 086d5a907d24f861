-- An invoice has one total: its lines in Invoice Detail, its charges in Cost and Usage, the lines
-- of the vendor's bill behind them, and what the register says stands on it (which a vendor rounds
-- to hundredths).
with invoice_detail as (
    select
        "InvoiceIssuerName" as invoice_issuer_name,
        "InvoiceId" as invoice_id,
        sum("BilledCost") as lines_total
    from {{ ref('focus_1_4__invoice_detail') }}
    group by all
),

cost_and_usage as (
    select
        "InvoiceIssuerName" as invoice_issuer_name,
        "InvoiceId" as invoice_id,
        sum("BilledCost") as charges_total
    from {{ ref('focus_1_4__cost_and_usage') }}
    where "InvoiceId" is not null
    group by all
),

bill_lines as (
    select charge_id, amount from {{ ref('bill_charges') }}
    union all
    select charge_id, amount from {{ ref('focus_charges') }}
),

bills as (
    select
        charge.invoice_issuer_name,
        charge.invoice_id,
        sum(bill_lines.amount) as bill_total
    from {{ ref('charge') }} as charge
    left join bill_lines on charge.charge_id = bill_lines.charge_id
    where charge.invoice_id is not null
    group by all
),

register as (
    select
        invoice_issuer_name,
        invoice_id,
        stated_total
    from {{ ref('invoices') }}
    where invoice_issue_status != 'Voided'
),

compared as (
    select *
    from invoice_detail
    full outer join cost_and_usage using (invoice_issuer_name, invoice_id)
    full outer join bills using (invoice_issuer_name, invoice_id)
    left join register using (invoice_issuer_name, invoice_id)
)

select * from compared
where
    lines_total is distinct from charges_total
    or charges_total is distinct from bill_total
    or abs(stated_total - lines_total) > 0.005
