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

-- As the state of a commitment: what is over is seen from the data, not from the clock.
data_ends as (
    select * from {{ ref('data_ends') }}
),

billed as (
    select
        charges.invoice_issuer_name,
        charges.billing_period_start,
        charges.billing_period_end,
        charges.charge_period_end,
        charges.billed_cost,
        data_ends.known_until,
        charges.billed_cost != 0
        and coalesce(invoice_lines.invoice_issue_status != 'Issued', true) as is_waiting,
        invoice_lines.invoice_detail_last_updated
    from charges
    left join data_ends on charges.service = data_ends.service
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
        -- Closed once it is over and all its money stands on issued invoices; an estimate waits for
        -- its own, and a prepayment that was invoiced at once for the end of the month.
        count(*) filter (where billed_cost != 0) > 0
        and count(*) filter (where is_waiting) = 0
        and greatest(max(invoice_detail_last_updated), max(known_until))
        >= billing_period_end as is_closed,
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
            billing_period_start,
            if(
                is_closed,
                greatest(invoiced_at, billing_period_end),
                date_trunc('second', charged_until)
            )
        ) as billing_period_last_updated
    from judged
)

select * from final
