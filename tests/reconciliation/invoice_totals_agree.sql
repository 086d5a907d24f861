-- An invoice has one total: its lines in Invoice Detail, its charges in Cost and Usage, and the
-- lines of the vendor's bill behind them, less what prepayments paid of them, plus the prepayments
-- that stand on it. What is closed stays as booked, whatever the bill says by now: what is booked
-- is its third total, and corrections make up for the difference.
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
    select * from {{ ref('closed_charges') }}
    union all
    select * from {{ ref('corrections') }}
),

draws as (
    select
        charge_id,
        sum(drawn_cost) as prepaid_cost
    from {{ ref('commitment_draws') }}
    where is_prepaid
    group by charge_id
),

open_lines as (
    select charge_lines.*
    from {{ ref('charge_lines') }} as charge_lines
    anti join {{ ref('closed_periods') }} as closed_periods
        on
            charge_lines.service = closed_periods.service
            and date_trunc('month', charge_lines.billing_period_start)
            = closed_periods.billing_month
    where charge_lines.invoice_id is not null
),

open_purchases as (
    select purchases.*
    from {{ ref('covered_lines') }} as purchases
    anti join {{ ref('closed_periods') }} as closed_periods
        on
            purchases.service = closed_periods.service
            and date_trunc('month', purchases.billing_period_start) = closed_periods.billing_month
),

balances as (
    select
        *,
        'commitment/' || contract_commitment_id || '/purchase' as charge_id
    from {{ ref('commitment_balances') }}
    where is_prepaid and purchase_invoice_id is not null
),

invoiced as (
    select
        open_lines.invoice_issuer_name,
        open_lines.invoice_id,
        open_lines.billing_currency as currency,
        bill_lines.amount - coalesce(draws.prepaid_cost, 0) as amount
    from open_lines
    left join bill_lines on open_lines.charge_id = bill_lines.charge_id
    left join draws on open_lines.charge_id = draws.charge_id
    union all
    select
        open_purchases.invoice_issuer_name,
        balances.purchase_invoice_id as invoice_id,
        balances.billing_currency as currency,
        balances.balance as amount
    from balances
    inner join open_purchases on balances.charge_id = open_purchases.charge_id
    union all
    select
        invoice_issuer_name,
        invoice_id,
        billing_currency as currency,
        billed_cost as amount
    from booked
    where invoice_id is not null
),

bills as (
    select
        invoice_issuer_name,
        invoice_id,
        currency,
        sum(amount) as bill_total
    from invoiced
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
