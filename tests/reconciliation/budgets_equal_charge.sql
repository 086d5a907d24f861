-- Of each budget the actual cost is the BilledCost of its scope in charge, in its currency and
-- period; over all months budget_spend holds every charge of the scope, per currency.
with budgets as (
    select * from {{ ref('budgets') }}
),

charges as (
    select * from {{ ref('charge') }}
),

budget_status as (
    select * from {{ ref('budget_status') }}
),

budget_spend as (
    select * from {{ ref('budget_spend') }}
),

scoped as (
    select
        budgets.budget_id,
        charges.billing_currency,
        budgets.billing_currency = charges.billing_currency
        and charges.billing_period_start >= budgets.period_start
        and charges.billing_period_start < budgets.period_end as is_counted,
        charges.billed_cost
    from budgets
    inner join charges
        on
            budgets.scope_type = 'total'
            or (budgets.scope_type = 'department' and budgets.scope_value = charges.x_department)
            or (budgets.scope_type = 'cost_centre' and budgets.scope_value = charges.x_cost_centre)
            or (budgets.scope_type = 'project' and budgets.scope_value = charges.x_project_code)
            or (budgets.scope_type = 'service' and budgets.scope_value = charges.service_name)
            or (
                budgets.scope_type = 'billing_account'
                and budgets.scope_value = charges.billing_account_id
            )
),

expected as (
    select
        budget_id,
        'period' as cut_by,
        cast(null as varchar) as billing_currency,
        sum(if(is_counted, billed_cost, 0)) as billed_cost
    from scoped
    group by all
    union all
    select
        budget_id,
        'all' as cut_by,
        billing_currency,
        sum(billed_cost) as billed_cost
    from scoped
    group by all
),

actual as (
    select
        budget_id,
        'period' as cut_by,
        cast(null as varchar) as billing_currency,
        actual_cost as billed_cost
    from budget_status
    union all
    select
        budget_id,
        'all' as cut_by,
        billing_currency,
        sum(billed_cost) as billed_cost
    from budget_spend
    group by all
),

final as (
    select
        coalesce(expected.budget_id, actual.budget_id) as budget_id,
        coalesce(expected.cut_by, actual.cut_by) as cut_by,
        expected.billed_cost as expected_cost,
        actual.billed_cost as actual_cost
    from expected
    full outer join actual
        on
            expected.budget_id = actual.budget_id
            and expected.cut_by = actual.cut_by
            and expected.billing_currency is not distinct from actual.billing_currency
    where coalesce(expected.billed_cost, 0) != coalesce(actual.billed_cost, 0)
)

select * from final
