-- Budget: what of each budget is spent, and how much of that is on an invoice yet?
-- Asked by: budget owners every week, finance at month end.
-- FOCUS use cases: update budgets with billed costs, compare billed cost to budget.
--
-- BilledCost by billing period, in the currency of the budget only. Charges of the same scope in
-- other currencies are counted and not converted. Budgets may overlap (a service is in a
-- department, too): never add rows. Shares are rounded to six decimals.
with budgets as (
    select * from {{ ref('budgets') }}
),

charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

-- One row per everything a budget can be set for: budgets are few, charges are many.
spending as (
    select
        "BillingPeriodStart",
        "BillingCurrency",
        "BillingAccountId",
        "ServiceName",
        "x_Department",
        "x_CostCentre",
        "x_ProjectCode",
        "x_CostBasis" != 'Invoiced' as is_not_invoiced,
        count(*) as charges,
        sum("BilledCost") as billed_cost
    from charges
    group by all
),

in_scope as (
    select
        budgets.budget_id,
        spending."BillingCurrency" = budgets.billing_currency as is_same_currency,
        spending.is_not_invoiced,
        spending.charges,
        spending.billed_cost
    from budgets
    inner join spending
        on
            budgets.period_start <= spending."BillingPeriodStart"
            and budgets.period_end > spending."BillingPeriodStart"
            and case budgets.scope_type
                when 'total' then true
                when 'department' then budgets.scope_value = spending."x_Department"
                when 'cost_centre' then budgets.scope_value = spending."x_CostCentre"
                when 'project' then budgets.scope_value = spending."x_ProjectCode"
                when 'service' then budgets.scope_value = spending."ServiceName"
                when 'billing_account' then budgets.scope_value = spending."BillingAccountId"
            end
),

spent as (
    select
        budget_id,
        sum(if(is_same_currency, billed_cost, 0)) as billed_cost,
        sum(if(is_same_currency and is_not_invoiced, billed_cost, 0)) as not_yet_invoiced,
        sum(if(is_same_currency, charges, 0)) as charges,
        sum(if(is_same_currency, 0, charges)) as charges_in_other_currencies
    from in_scope
    group by budget_id
),

final as (
    select
        budgets.budget_id,
        budgets.scope_type,
        budgets.scope_value,
        budgets.period_start,
        budgets.period_end,
        budgets.billing_currency as "BillingCurrency",
        budgets.amount,
        coalesce(spent.billed_cost, 0) as billed_cost,
        coalesce(spent.not_yet_invoiced, 0) as not_yet_invoiced,
        budgets.amount - coalesce(spent.billed_cost, 0) as remaining,
        cast(
            coalesce(spent.billed_cost, 0) / nullif(budgets.amount, 0) as decimal(18, 6)
        ) as share_spent,
        coalesce(spent.charges_in_other_currencies, 0) as charges_in_other_currencies,
        case
            when coalesce(spent.charges, 0) = 0 then 'No charges'
            when spent.billed_cost > budgets.amount then 'Over'
            else 'Within'
        end as verdict
    from budgets
    left join spent on budgets.budget_id = spent.budget_id
)

select * from final
order by period_start asc, scope_type asc, scope_value asc, budget_id asc
