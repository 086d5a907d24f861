{{ config(materialized='table') }}

with charges as (
    select * from {{ ref('charge') }}
),

invoice_lines as (
    select distinct
        invoice_issuer_name,
        invoice_id,
        invoice_issue_status,
        invoice_detail_last_updated
    from {{ ref('invoice_lines') }}
),

billed as (
    select
        charges.invoice_issuer_name,
        charges.billing_period_start,
        charges.billing_period_end,
        charges.charge_period_end,
        charges.billed_cost,
        charges.billed_cost != 0
        and coalesce(invoice_lines.invoice_issue_status != 'Issued', true) as is_waiting,
        invoice_lines.invoice_detail_last_updated
    from charges
    left join invoice_lines
        on
            charges.invoice_issuer_name = invoice_lines.invoice_issuer_name
            and charges.invoice_id = invoice_lines.invoice_id
),

judged as (
    select
        invoice_issuer_name,
        billing_period_start,
        billing_period_end,
        -- Closed once all money stands on issued invoices; an estimate waits for its own.
        count(*) filter (where billed_cost != 0) > 0
        and count(*) filter (where is_waiting) = 0 as is_closed,
        max(invoice_detail_last_updated) as invoiced_at,
        max(charge_period_end) as charged_until
    from billed
    group by invoice_issuer_name, billing_period_start, billing_period_end
),

final as (
    select
        invoice_issuer_name,
        billing_period_start,
        billing_period_end,
        if(is_closed, 'Closed', 'Open') as billing_period_status,
        billing_period_start as billing_period_created,
        greatest(
            billing_period_start, if(is_closed, invoiced_at, date_trunc('second', charged_until))
        ) as billing_period_last_updated
    from judged
)

select * from final
