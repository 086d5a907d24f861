-- What each department spent per month, with the share that rests on estimates.
-- Never add rows of different BillingCurrency.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

final as (
    select
        "BillingPeriodStart",
        "x_Department",
        "BillingCurrency",
        sum("BilledCost") as billed_cost,
        sum("BilledCost") filter (where "x_CostBasis" in ('Stated', 'Estimated')) as not_yet_billed,
        sum("ListCost") as list_cost
    from charges
    group by "BillingPeriodStart", "x_Department", "BillingCurrency"
)

select * from final
order by "BillingPeriodStart" asc, billed_cost desc
