{{ config(severity='warn') }}

-- A bill carries its whole month. Where usage of that month was seen after the bill's last day,
-- that usage is charged nowhere until the rest of the bill lands.
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
        logged.source_dataset as seen_by,
        logged.last_day as seen_until
    from charge_basis as bill
    inner join charge_basis as logged
        on bill.service = logged.service
        and bill.charge_scope = logged.charge_scope
        and bill.billing_month = logged.billing_month
    where
        bill.charge_scope = 'usage'
        and bill.carries_money
        and bill.evidence = 'bill'
        and logged.evidence != 'bill'
        and logged.last_day > bill.last_day
        and (
            bill.account_id is null
            or logged.account_id is null
            or bill.account_id = logged.account_id
        )
)

select * from final
