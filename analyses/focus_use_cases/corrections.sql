-- Corrections: what was changed after a month was closed, and where is it booked?
-- Asked by: controllers who explain a month, chargeback owners who must pass it on.
-- FOCUS use cases: report corrections for a previously invoiced billing period, also by
-- subaccount; analyze credit memos.
--
-- A correction is booked in an open billing period and keeps the charge period it is about.
-- corrected_cost is what that service, account and sub account were billed for the charged month
-- otherwise, null where nothing was; the share of it is rounded to six decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

invoice_details as (
    select * from {{ ref('focus_1_4__invoice_detail') }}
),

references_of_invoices as (
    select
        "InvoiceIssuerName",
        "InvoiceId",
        string_agg(
            distinct "ReferenceInvoiceId", ', ' order by "ReferenceInvoiceId"
        ) as reference_invoice_ids
    from invoice_details
    where "ReferenceInvoiceId" != "InvoiceId"
    group by "InvoiceIssuerName", "InvoiceId"
),

monthly as (
    select
        "InvoiceIssuerName",
        "BillingAccountId",
        "SubAccountId",
        "ServiceName",
        "BillingCurrency",
        date_trunc('month', "ChargePeriodStart") as charge_month,
        "BillingPeriodStart",
        "InvoiceId",
        "ChargeCategory",
        coalesce("ChargeClass" = 'Correction', false) as is_correction,
        count(*) as charges,
        sum("BilledCost") as billed_cost,
        sum("EffectiveCost") as effective_cost
    from charges
    group by all
),

originals as (
    select
        "InvoiceIssuerName",
        "BillingAccountId",
        "SubAccountId",
        "ServiceName",
        "BillingCurrency",
        charge_month,
        sum(billed_cost) as corrected_cost
    from monthly
    where not is_correction
    group by all
),

final as (
    select
        monthly."InvoiceIssuerName",
        monthly."BillingAccountId",
        monthly."SubAccountId",
        monthly."ServiceName",
        monthly."BillingCurrency",
        monthly."ChargeCategory",
        monthly.charge_month,
        monthly."BillingPeriodStart",
        date_diff('month', monthly.charge_month, monthly."BillingPeriodStart") as months_late,
        monthly."InvoiceId",
        references_of_invoices.reference_invoice_ids,
        monthly.charges,
        monthly.billed_cost,
        monthly.effective_cost,
        originals.corrected_cost,
        cast(
            monthly.billed_cost / nullif(originals.corrected_cost, 0) as decimal(18, 6)
        ) as share_of_corrected
    from monthly
    left join originals
        on
            monthly."InvoiceIssuerName" = originals."InvoiceIssuerName"
            and monthly."BillingAccountId" = originals."BillingAccountId"
            and monthly."SubAccountId" is not distinct from originals."SubAccountId"
            and monthly."ServiceName" = originals."ServiceName"
            and monthly."BillingCurrency" = originals."BillingCurrency"
            and monthly.charge_month = originals.charge_month
    left join references_of_invoices
        on
            monthly."InvoiceIssuerName" = references_of_invoices."InvoiceIssuerName"
            and monthly."InvoiceId" = references_of_invoices."InvoiceId"
    where monthly.is_correction
)

select * from final
order by
    "BillingPeriodStart" asc,
    charge_month asc,
    "InvoiceIssuerName" asc,
    "ServiceName" asc,
    "SubAccountId" asc
