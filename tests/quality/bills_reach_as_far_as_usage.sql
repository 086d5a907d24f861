{{ config(severity='warn') }}

-- A bill carries its whole month. Where usage of that month was seen after the bill's last day,
-- that usage is charged nowhere until the rest of the bill lands. The same where another bill,
-- which does not count beside it, reaches further: half a month of API pages beside a CSV of all.
with charge_basis as (
    select * from {{ ref('charge_basis') }}
),

final as (
    select
        bill.service,
        bill.account_id,
        bill.billing_month,
        bill.source_dataset as bill,
        bill.last_day as billed_until,
        seen.source_dataset as seen_by,
        seen.last_day as seen_until
    from charge_basis as bill
    inner join charge_basis as seen
        on
            bill.service = seen.service
            and bill.charge_scope = seen.charge_scope
            and bill.billing_month = seen.billing_month
    where
        bill.charge_scope = 'usage'
        and bill.carries_money
        and bill.evidence = 'bill'
        and not seen.carries_money
        and (
            seen.last_day > bill.last_day
            or (seen.evidence = 'bill' and seen.first_day < bill.first_day)
        )
        and (
            bill.account_id is null
            or seen.account_id is null
            or bill.account_id = seen.account_id
        )
)

select * from final
