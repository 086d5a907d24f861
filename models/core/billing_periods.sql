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
        charges.x_cost_basis in ('Invoiced', 'Reported') as is_bill,
        invoice_lines.invoice_issue_status = 'Issued' as is_issued,
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
        -- Estimates beside a bill do not keep its period open; a bill without invoice does.
        coalesce(bool_and(is_issued is true) filter (where is_bill), false) as is_closed,
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
