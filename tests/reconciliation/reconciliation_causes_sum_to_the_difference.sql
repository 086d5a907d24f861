-- The causes of a row are its difference, to the last digit; one row per service, scope, account,
-- month, article and currency; a status that its own figures bear out.
with reconciliation as (
    select * from {{ ref('reconciliation') }}
),

summed as (
    select
        reconciliation_id,
        service,
        billing_month,
        currency,
        billed_cost,
        priced_cost,
        difference,
        unexplained,
        tolerance,
        status,
        price + tier_or_batch_discount + missing_logs + extra_logs + rounding + credits + tax
        + late_data + unexplained as causes,
        count(*) over (
            partition by
                service, charge_scope, billing_account_id, billing_month, meter, sku, currency
        ) as rows_of_key
    from reconciliation
)

select
    reconciliation_id,
    service,
    billing_month,
    currency,
    difference,
    causes,
    status,
    rows_of_key
from summed
where
    difference is distinct from billed_cost - priced_cost
    or causes is distinct from difference
    or rows_of_key > 1
    or coalesce(status not in ('reconciled', 'explained', 'open'), true)
    or (status = 'reconciled' and abs(difference) > tolerance)
    or (status = 'explained' and abs(unexplained) > tolerance)
