-- An invoice has one total: its lines in Invoice Detail, its charges in Cost and Usage, and the
-- lines of the vendor's bill behind them. What is closed stays as booked, whatever the bill says by
-- now: what is booked is its third total, and corrections make up for the difference.
with invoice_detail as (
    select
        "InvoiceIssuerName" as invoice_issuer_name,
        "InvoiceId" as invoice_id,
        "BillingCurrency" as currency,
        sum("BilledCost") as lines_total
    from {{ ref('focus_1_4__invoice_detail') }}
    group by all
),

cost_and_usage as (
    select
        "InvoiceIssuerName" as invoice_issuer_name,
        "InvoiceId" as invoice_id,
        "BillingCurrency" as currency,
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

booked as (
    select
        charge_id,
        billed_cost
    from {{ ref('closed_charges') }}
    union all
    select
        charge_id,
        billed_cost
    from {{ ref('corrections') }}
),

bills as (
    select
        charge.invoice_issuer_name,
        charge.invoice_id,
        charge.billing_currency as currency,
        sum(coalesce(booked.billed_cost, bill_lines.amount)) as bill_total
    from {{ ref('charge') }} as charge
    left join bill_lines on charge.charge_id = bill_lines.charge_id
    left join booked on charge.charge_id = booked.charge_id
    where charge.invoice_id is not null
    group by all
),

-- One row per invoice that any of them knows of.
known as (
    select
        invoice_issuer_name,
        invoice_id,
        currency
    from invoice_detail
    union
    select
        invoice_issuer_name,
        invoice_id,
        currency
    from cost_and_usage
    union
    select
        invoice_issuer_name,
        invoice_id,
        currency
    from bills
),

compared as (
    select
        known.invoice_issuer_name,
        known.invoice_id,
        known.currency,
        invoice_detail.lines_total,
        cost_and_usage.charges_total,
        bills.bill_total
    from known
    left join invoice_detail
        on
            known.invoice_issuer_name = invoice_detail.invoice_issuer_name
            and known.invoice_id = invoice_detail.invoice_id
            and known.currency = invoice_detail.currency
    left join cost_and_usage
        on
            known.invoice_issuer_name = cost_and_usage.invoice_issuer_name
            and known.invoice_id = cost_and_usage.invoice_id
            and known.currency = cost_and_usage.currency
    left join bills
        on
            known.invoice_issuer_name = bills.invoice_issuer_name
            and known.invoice_id = bills.invoice_id
            and known.currency = bills.currency
)

select * from compared
where
    coalesce(lines_total != charges_total, true)
    or coalesce(charges_total != bill_total, true)
