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
    select
        charge_id,
        amount
    from {{ ref('bill_charges') }}
    union all
    select
        charge_id,
        amount
    from {{ ref('focus_charges') }}
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

-- One row per invoice that any of the first three knows of.
known as (
    select
        invoice_issuer_name,
        invoice_id
    from invoice_detail
    union
    select
        invoice_issuer_name,
        invoice_id
    from cost_and_usage
    union
    select
        invoice_issuer_name,
        invoice_id
    from bills
),

compared as (
    select
        known.invoice_issuer_name,
        known.invoice_id,
        invoice_detail.lines_total,
        cost_and_usage.charges_total,
        bills.bill_total,
        register.stated_total
    from known
    left join invoice_detail
        on
            known.invoice_issuer_name = invoice_detail.invoice_issuer_name
            and known.invoice_id = invoice_detail.invoice_id
    left join cost_and_usage
        on
            known.invoice_issuer_name = cost_and_usage.invoice_issuer_name
            and known.invoice_id = cost_and_usage.invoice_id
    left join bills
        on
            known.invoice_issuer_name = bills.invoice_issuer_name
            and known.invoice_id = bills.invoice_id
    left join register
        on
            known.invoice_issuer_name = register.invoice_issuer_name
            and known.invoice_id = register.invoice_id
)

select * from compared
where
    coalesce(lines_total != charges_total, true)
    or coalesce(charges_total != bill_total, true)
    or abs(stated_total - lines_total) > 0.005
