{{ config(materialized='table') }}
{%- set money = money_type() %}

-- A budget knows one currency; what its scope costs in others is counted in budget_status.
with spend as (
    select spend.*
    from {{ ref('budget_spend') }} as spend
    inner join {{ ref('budgets') }} as budgets
        on
            spend.budget_id = budgets.budget_id
            and spend.billing_currency = budgets.billing_currency
),

-- The forecast of today, and those that would have been made on the 15th of each month that is
-- over.
occasions as (
    select * from {{ ref('forecast_occasions') }}
),

foreseen_months as (
    select * from {{ ref('foreseen_months') }}
),

foreseen_charges as (
    select * from {{ ref('foreseen_charges') }}
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
        ) as window_cost
    from timed
    inner join spend on timed.budget_id = spend.budget_id
    group by all
),

monthly as (
    select
        budget_id,
        occasion,
        period_start,
        sum(monthly_cost) as monthly_cost,
        string_agg(
            if(
                is_carried_forward,
                service_name || ' (' || strftime(newest_month, '%Y-%m') || ')',
                null
            ),
            ', ' order by service_name asc
        ) as carried_forward
    from foreseen_months
    group by all
),

recurring as (
    select
        budget_id,
        occasion,
        period_start,
        min(due_month) filter (where pattern = 'monthly') as next_month,
        count(distinct due_month) filter (where pattern = 'monthly') as months_remaining,
        sum(billed_cost) as recurring_cost
    from foreseen_charges
    group by all
),

joined as (
    select
        timed.*,
        coalesce(facts.actual_cost, 0) as actual_cost,
        coalesce(facts.known_cost, 0) as known_cost,
        coalesce(facts.window_cost, 0) as window_cost,
        coalesce(monthly.monthly_cost, 0) as monthly_cost,
        monthly.carried_forward,
        recurring.next_month,
        coalesce(recurring.months_remaining, 0) as months_remaining,
        coalesce(recurring.recurring_cost, 0) as recurring_cost
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
    left join recurring
        on
            timed.budget_id = recurring.budget_id
            and timed.occasion = recurring.occasion
            and timed.period_start = recurring.period_start
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
                    + recurring_cost
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
        carried_forward,
        cast(recurring_cost as {{ money }}) as recurring_cost,
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
