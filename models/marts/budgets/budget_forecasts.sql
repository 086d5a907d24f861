{{ config(materialized='table') }}
{%- set money = money_type() %}

with budgets as (
    select
        * exclude (period_start, period_end),
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end
    from {{ ref('budgets') }}
),

-- A budget knows one currency; what its scope costs in others is counted in budget_status.
spend as (
    select spend.*
    from {{ ref('budget_spend') }} as spend
    inner join {{ ref('budgets') }} as budgets
        on
            spend.budget_id = budgets.budget_id
            and spend.billing_currency = budgets.billing_currency
),

last_complete_day as (
    select * from {{ ref('last_complete_day') }}
),

histories as (
    select
        budget_id,
        min(spend_day) as first_day
    from spend
    group by budget_id
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

-- The forecast of today, and those that would have been made on the 15th of each month that is
-- over.
occasions as (
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
),

timed as (
    select
        *,
        greatest(as_of_date - 27, first_day) as window_start,
        if(
            first_day <= as_of_date, as_of_date - greatest(as_of_date - 27, first_day) + 1, null
        ) as window_days,
        greatest(0, period_end - 1 - greatest(as_of_date, period_start - 1)) as days_remaining
    from occasions
),

facts as (
    select
        timed.budget_id,
        timed.occasion,
        timed.period_start,
        sum(spend.billed_cost) filter (
            where spend.billing_month >= timed.period_start
            and spend.billing_month < timed.period_end
        ) as actual_cost,
        sum(spend.billed_cost) filter (
            where spend.billing_month >= timed.period_start
            and spend.billing_month < timed.period_end
            and spend.spend_day <= timed.as_of_date
        ) as known_cost,
        sum(spend.billed_cost) filter (
            where spend.pattern = 'daily'
            and spend.spend_day between timed.window_start and timed.as_of_date
        ) as window_cost,
        max(spend.billing_month) filter (
            where spend.pattern = 'monthly'
            and spend.spend_day <= timed.as_of_date
            and spend.billing_month >= date_trunc('month', timed.as_of_date) - interval '1 month'
        ) as newest_month
    from timed
    inner join spend on timed.budget_id = spend.budget_id
    group by all
),

monthly as (
    select
        facts.budget_id,
        facts.occasion,
        facts.period_start,
        sum(spend.billed_cost) as monthly_cost
    from facts
    inner join spend
        on
            facts.budget_id = spend.budget_id
            and facts.newest_month = spend.billing_month
            and spend.pattern = 'monthly'
    group by all
),

joined as (
    select
        timed.*,
        coalesce(facts.actual_cost, 0) as actual_cost,
        coalesce(facts.known_cost, 0) as known_cost,
        coalesce(facts.window_cost, 0) as window_cost,
        coalesce(monthly.monthly_cost, 0) as monthly_cost,
        cast(
            greatest(timed.period_start, facts.newest_month + interval '1 month') as date
        ) as next_month,
        if(
            facts.newest_month is not null,
            greatest(
                0,
                date_diff(
                    'month',
                    greatest(timed.period_start, facts.newest_month + interval '1 month'),
                    timed.period_end
                )
            ),
            0
        ) as months_remaining
    from timed
    left join facts
        on
            timed.budget_id = facts.budget_id
            and timed.occasion = facts.occasion
            and timed.period_start = facts.period_start
    left join monthly
        on
            timed.budget_id = monthly.budget_id
            and timed.occasion = monthly.occasion
            and timed.period_start = monthly.period_start
),

-- Nothing to foresee when the period is over; less than a week says nothing about the next one.
foreseen as (
    select
        *,
        case
            when days_remaining = 0 then 0
            when window_days >= 7
                then
                    {{ estimated_part('window_cost', 'days_remaining', 'window_days') }}
                    + {{ exact_product('monthly_cost', 'months_remaining', money) }}
        end as rest_cost
    from joined
),

final as (
    select
        budget_id,
        occasion,
        period_start,
        period_end,
        as_of_date,
        cast(window_days as integer) as window_days,
        cast(days_remaining as integer) as days_remaining,
        next_month,
        cast(months_remaining as integer) as months_remaining,
        cast(window_cost as {{ money }}) as window_cost,
        cast(monthly_cost as {{ money }}) as monthly_cost,
        cast(known_cost as {{ money }}) as known_cost,
        cast(actual_cost as {{ money }}) as actual_cost,
        cast(rest_cost as {{ money }}) as rest_cost,
        cast(
            if(
                occasion = 'current' and actual_cost > known_cost + rest_cost,
                actual_cost,
                known_cost + rest_cost
            ) as {{ money }}
        ) as forecast_cost,
        cast(if(occasion = 'backtest', actual_cost - known_cost - rest_cost, null) as {{ money }})
            as error_cost,
        if(
            occasion = 'backtest',
            try_cast(
                (actual_cost - known_cost - rest_cost) / nullif(actual_cost, 0) as decimal(18, 6)
            ),
            null
        ) as error_share,
        -- Seats are known on the first day, so what was foreseen may be a few cents: the error is
        -- taken as a share of what as many days cost on average.
        if(
            occasion = 'backtest' and known_cost + rest_cost >= 0.01,
            try_cast(
                {{ exact_product(
                    'actual_cost - known_cost - rest_cost', 'period_end - period_start', money
                ) }}
                / {{ exact_product('known_cost + rest_cost', 'days_remaining', money) }}
                as decimal(18, 6)
            ),
            null
        ) as rest_error_share
    from foreseen
    where occasion = 'current' or rest_cost is not null
)

select * from final
