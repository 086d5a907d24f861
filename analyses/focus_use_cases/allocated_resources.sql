-- Allocated resources: how much of a shared cost was split, by which method, and onto what?
-- Asked by: platform teams that run shared keys and clusters, and those who pay their part.
-- FOCUS use cases: resources with shared cost allocation, total cost by allocated resource.
--
-- A charge without AllocatedMethodId was not split by its provider: it is one row with nulls, and
-- its share says how much is still to be allocated. Shares are of all cost in the currency, six
-- decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

totals as (
    select
        "BillingCurrency",
        sum("EffectiveCost") as total_cost
    from charges
    group by "BillingCurrency"
),

allocations as (
    select
        "BillingCurrency",
        "AllocatedMethodId" is not null as is_allocated,
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        count(*) as charges,
        sum("BilledCost") as billed_cost,
        sum("EffectiveCost") as effective_cost
    from charges
    group by
        "BillingCurrency",
        is_allocated,
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName"
),

-- A currency in which nothing or everything was split says so, too: a zero is an answer.
sides as (
    select
        totals."BillingCurrency",
        totals.total_cost,
        answers.is_allocated
    from totals
    cross join (values (true), (false)) as answers (is_allocated)
),

final as (
    select
        sides."BillingCurrency",
        sides.is_allocated,
        allocations."AllocatedMethodId",
        allocations."AllocatedResourceId",
        allocations."AllocatedResourceName",
        coalesce(allocations.charges, 0) as charges,
        coalesce(allocations.billed_cost, 0) as billed_cost,
        coalesce(allocations.effective_cost, 0) as effective_cost,
        cast(
            coalesce(allocations.effective_cost, 0) / nullif(sides.total_cost, 0) as decimal(18, 6)
        ) as share_of_cost
    from sides
    left join allocations
        on
            sides."BillingCurrency" = allocations."BillingCurrency"
            and sides.is_allocated = allocations.is_allocated
)

select * from final
order by "BillingCurrency" asc, is_allocated desc, effective_cost desc, "AllocatedResourceId" asc
