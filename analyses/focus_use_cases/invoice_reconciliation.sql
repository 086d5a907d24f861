-- Invoice reconciliation: does what we show add up to what the vendor invoiced, and is it on file?
-- Asked by: accounts payable before it pays, controllers before they close a month.
-- FOCUS use cases: verify accuracy of provider invoices, reconcile invoice detail.
--
-- One row per invoice and currency from three sides: the charges, the lines of the invoice, and
-- the total in the company's register. Charges and lines agree to the last digit, or the row says
-- so; an invoice is written in whole hundredths, so that the register may be off by half of one.
-- Charges without an invoice are one row per issuer and billing period.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

invoice_details as (
    select * from {{ ref('focus_1_4__invoice_detail') }}
),

invoices as (
    select * from {{ ref('invoices') }}
),

charged_lines as (
    select
        "InvoiceIssuerName",
        "InvoiceId",
        "BillingCurrency",
        "InvoiceDetailId",
        sum("BilledCost") as charged_amount
    from charges
    where "InvoiceId" is not null
    group by "InvoiceIssuerName", "InvoiceId", "BillingCurrency", "InvoiceDetailId"
),

invoiced_lines as (
    select
        "InvoiceIssuerName",
        "InvoiceId",
        "BillingCurrency",
        "InvoiceDetailId",
        sum("BilledCost") as invoiced_amount
    from invoice_details
    group by "InvoiceIssuerName", "InvoiceId", "BillingCurrency", "InvoiceDetailId"
),

-- Line by line: two errors of opposite sign would cancel in a total.
lines as (
    select
        coalesce(
            charged_lines."InvoiceIssuerName", invoiced_lines."InvoiceIssuerName"
        ) as issuer,
        coalesce(charged_lines."InvoiceId", invoiced_lines."InvoiceId") as invoice_id,
        coalesce(
            charged_lines."BillingCurrency", invoiced_lines."BillingCurrency"
        ) as billing_currency,
        charged_lines.charged_amount,
        invoiced_lines.invoiced_amount,
        coalesce(
            charged_lines.charged_amount != invoiced_lines.invoiced_amount, true
        ) as is_different
    from charged_lines
    full outer join invoiced_lines
        on
            charged_lines."InvoiceIssuerName" = invoiced_lines."InvoiceIssuerName"
            and charged_lines."InvoiceId" = invoiced_lines."InvoiceId"
            and charged_lines."BillingCurrency" = invoiced_lines."BillingCurrency"
            and charged_lines."InvoiceDetailId"
            is not distinct from invoiced_lines."InvoiceDetailId"
),

seen as (
    select
        issuer,
        invoice_id,
        billing_currency,
        sum(charged_amount) as charged_amount,
        sum(invoiced_amount) as invoiced_amount,
        count(*) as invoice_lines,
        count(*) filter (where is_different) as lines_that_differ
    from lines
    group by issuer, invoice_id, billing_currency
),

compared as (
    select
        coalesce(seen.issuer, invoices.invoice_issuer_name) as issuer,
        coalesce(seen.invoice_id, invoices.invoice_id) as invoice_id,
        coalesce(seen.billing_currency, invoices.billing_currency) as billing_currency,
        invoices.billing_month,
        invoices.invoice_issue_status,
        seen.charged_amount,
        seen.invoiced_amount,
        invoices.stated_total,
        seen.charged_amount - invoices.stated_total as difference_to_register,
        coalesce(seen.invoice_lines, 0) as invoice_lines,
        coalesce(seen.lines_that_differ, 0) as lines_that_differ,
        case
            when seen.invoice_id is null then 'No charges'
            when seen.lines_that_differ > 0 then 'Lines differ'
            when invoices.invoice_id is null then 'Not in register'
            when invoices.invoice_issue_status != 'Issued' then invoices.invoice_issue_status
            when invoices.stated_total is null then 'No stated total'
            when abs(seen.charged_amount - invoices.stated_total) > 0.005 then 'Register differs'
            else 'Agrees'
        end as verdict
    from seen
    full outer join invoices
        on
            seen.issuer = invoices.invoice_issuer_name
            and seen.invoice_id = invoices.invoice_id
            and seen.billing_currency = invoices.billing_currency
),

without_invoice as (
    select
        "InvoiceIssuerName" as issuer,
        "BillingCurrency" as billing_currency,
        "BillingPeriodStart" as billing_month,
        sum("BilledCost") as charged_amount,
        'Not invoiced' as verdict
    from charges
    where "InvoiceId" is null
    group by issuer, billing_currency, billing_month
),

together as (
    select * from compared
    union all by name
    select * from without_invoice
),

final as (
    select
        issuer as "InvoiceIssuerName",
        invoice_id as "InvoiceId",
        billing_currency as "BillingCurrency",
        billing_month,
        invoice_issue_status,
        charged_amount,
        invoiced_amount,
        stated_total,
        difference_to_register,
        invoice_lines,
        lines_that_differ,
        verdict
    from together
)

select * from final
order by "InvoiceIssuerName" asc, billing_month asc, "InvoiceId" asc, "BillingCurrency" asc
