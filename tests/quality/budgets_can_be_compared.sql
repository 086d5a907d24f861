-- A budget covers whole months, since bills do; it is not negative, and only the budget of all
-- spend names no scope.
with budgets as (
    select * from {{ ref('budgets') }}
),

final as (
    select
        budget_id,
        scope_type,
        scope_value,
        period_start,
        period_end,
        amount
    from budgets
    where
        period_end <= period_start
        or period_start != date_trunc('month', period_start)
        or period_end != date_trunc('month', period_end)
        or amount < 0
        or (scope_type = 'total') != (scope_value is null)
)

select * from final
