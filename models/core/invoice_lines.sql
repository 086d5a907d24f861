{{ config(materialized='table') }}

with charges as (
    select * from {{ ref('charge') }}
    where invoice_id is not null
),

invoices as (
    select * from {{ ref('invoices') }}
),

lines as (
    select
        invoice_issuer_name,
        invoice_id,
        invoice_detail_id,
        billing_account_id,
        billing_currency,
        billing_period_start,
        billing_period_end,
        -- A vendor's own line may add up several kinds of charge, never a tax with another.
        if(
            count(distinct charge_category) = 1, min(charge_category), 'Usage'
        ) as charge_category,
        if(count(distinct service_name) = 1, min(service_name), null) as service_name,
        sum(billed_cost) as billed_cost
    from charges
    group by
        invoice_issuer_name,
        invoice_id,
        invoice_detail_id,
        billing_account_id,
        billing_currency,
        billing_period_start,
        billing_period_end
),

final as (
    select
        lines.invoice_issuer_name,
        lines.invoice_id,
        lines.invoice_detail_id,
        lines.billing_account_id,
        lines.billing_currency,
        lines.billing_period_start,
        lines.billing_period_end,
        lines.charge_category,
        lines.billed_cost,
        coalesce(lines.service_name, lines.invoice_issuer_name)
        || ' - ' || lines.charge_category as invoice_detail_description,
        {{ json_object_text({
            'ServiceName': 'lines.service_name',
            'x_InvoiceLine': 'if(lines.service_name is null, lines.invoice_detail_id, null)',
        }) }} as invoice_detail_grain,
        -- An id that the vendor's bill carries stands on an issued invoice.
        coalesce(invoices.invoice_issue_status, 'Issued') as invoice_issue_status,
        invoices.invoice_issue_date,
        invoices.payment_due_date,
        coalesce(invoices.payment_terms, 'Due on receipt') as payment_terms,
        invoices.purchase_order_number,
        coalesce(invoices.reference_invoice_id, lines.invoice_id) as reference_invoice_id,
        coalesce(invoices.payment_currency, lines.billing_currency) as payment_currency,
        -- Without a rate the amount is unknown, and the contract stops the build.
        if(
            coalesce(invoices.payment_currency, lines.billing_currency) = lines.billing_currency,
            lines.billed_cost,
            {{ exact_product(
                'try_cast(lines.billed_cost as ' ~ payable_type() ~ ')',
                'invoices.payment_currency_rate', money_type()
            ) }}
        ) as payment_currency_billed_cost,
        lines.invoice_detail_id as payment_currency_invoice_detail_id,
        coalesce(invoices.invoice_issue_date, lines.billing_period_end) as invoice_detail_created,
        coalesce(
            invoices.invoice_issue_date, lines.billing_period_end
        ) as invoice_detail_last_updated
    from lines
    left join invoices
        on
            lines.invoice_issuer_name = invoices.invoice_issuer_name
            and lines.invoice_id = invoices.invoice_id
)

select * from final
