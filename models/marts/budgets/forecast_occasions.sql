with budgets as (
    select
        budget_id,
        billing_currency,
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end
    from {{ ref('budgets') }}
),

spend as (
    select * from {{ ref('budget_spend') }}
),

last_complete_day as (
    select * from {{ ref('last_complete_day') }}
),

histories as (
    select
        spend.budget_id,
        min(spend.spend_day) as first_day
    from spend
    inner join budgets
        on
            spend.budget_id = budgets.budget_id
            and spend.billing_currency = budgets.billing_currency
    group by spend.budget_id
),

months as (
    select
        histories.*,
        cast(
            unnest(generate_series(
                date_trunc('month', histories.first_day),
                last_complete_day.last_complete_day + interval '1 day' - interval '1 month',
                interval '1 month'
            )) as date
        ) as month_start
    from histories
    cross join last_complete_day
),

final as (
    select
        budgets.budget_id,
        'current' as occasion,
        budgets.period_start,
        budgets.period_end,
        last_complete_day.last_complete_day as as_of_date,
        histories.first_day
    from budgets
    cross join last_complete_day
    left join histories on budgets.budget_id = histories.budget_id
    union all
    select
        budget_id,
        'backtest' as occasion,
        month_start as period_start,
        cast(month_start + interval '1 month' as date) as period_end,
        month_start + 14 as as_of_date,
        first_day
    from months
)

select * from final
