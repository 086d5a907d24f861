-- The causes add up to the corrections: per closed month, service and currency the differences in
-- restatements are what charge has more for that month than was frozen with it.
with restatements as (
    select
        closed_month,
        service,
        currency,
        sum(billed_difference) as billed_difference,
        sum(effective_difference) as effective_difference,
        sum(list_difference) as list_difference
    from {{ ref('restatements') }}
    group by all
),

closed_periods as (
    select * from {{ ref('closed_periods') }}
),

frozen as (
    select
        date_trunc('month', billing_period_start) as closed_month,
        service,
        billing_currency as currency,
        -billed_cost as billed_cost,
        -effective_cost as effective_cost,
        -list_cost as list_cost
    from {{ ref('closed_charges') }}
    where corrected_billing_month is null
),

found as (
    select
        closed_periods.billing_month as closed_month,
        charges.service,
        charges.billing_currency as currency,
        charges.billed_cost,
        charges.effective_cost,
        charges.list_cost
    from {{ ref('current_charges') }} as charges
    inner join closed_periods
        on
            charges.service = closed_periods.service
            and date_trunc('month', charges.billing_period_start) = closed_periods.billing_month
),

both_sides as (
    select * from frozen
    union all
    select * from found
),

changed as (
    select
        closed_month,
        service,
        currency,
        sum(billed_cost) as billed_difference,
        sum(effective_cost) as effective_difference,
        sum(list_cost) as list_difference
    from both_sides
    group by all
)

select
    coalesce(changed.closed_month, restatements.closed_month) as closed_month,
    coalesce(changed.service, restatements.service) as service,
    coalesce(changed.currency, restatements.currency) as currency,
    changed.billed_difference,
    restatements.billed_difference as restated_billed_difference
from changed
full outer join restatements
    on
        changed.closed_month = restatements.closed_month
        and changed.service = restatements.service
        and changed.currency = restatements.currency
where
    coalesce(changed.billed_difference, 0) != coalesce(restatements.billed_difference, 0)
    or coalesce(changed.effective_difference, 0) != coalesce(restatements.effective_difference, 0)
    or coalesce(changed.list_difference, 0) != coalesce(restatements.list_difference, 0)
