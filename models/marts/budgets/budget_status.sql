{{ config(materialized='table') }}
{%- set money = money_type() %}

with budgets as (
    select
        * exclude (period_start, period_end),
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end
    from {{ ref('budgets') }}
),

spend as (
    select * from {{ ref('budget_spend') }}
),

forecasts as (
    select * from {{ ref('budget_forecasts') }}
),

current_forecasts as (
    select * from forecasts
    where occasion = 'current'
),

due as (
    select
        budget_id,
        due_on,
        sum(billed_cost) as due_cost
    from {{ ref('foreseen_charges') }}
    where occasion = 'current'
    group by all
),

-- How far off the last twelve back-tests were, as a share of what they foresaw.
back_tests as (
    select
        forecasts.budget_id,
        count(*) as back_test_count,
        quantile_disc(abs(forecasts.error_share), 0.5) as typical_error_share,
        least(0, min(forecasts.rest_error_share)) as low_share,
        greatest(0, max(forecasts.rest_error_share)) as high_share,
        count(forecasts.rest_error_share) as measured_count
    from forecasts
    inner join current_forecasts on forecasts.budget_id = current_forecasts.budget_id
    where
        forecasts.occasion = 'backtest'
        and forecasts.period_start >= current_forecasts.as_of_date - interval '13 months'
    group by all
),

in_period as (
    select
        budgets.budget_id,
        spend.spend_day,
        spend.billing_currency = budgets.billing_currency as is_same_currency,
        spend.charge_count,
        spend.billed_cost,
        spend.not_yet_invoiced
    from budgets
    inner join spend
        on
            budgets.budget_id = spend.budget_id
            and budgets.period_start <= spend.billing_month
            and budgets.period_end > spend.billing_month
),

spent as (
    select
        budget_id,
        sum(if(is_same_currency, billed_cost, 0)) as actual_cost,
        sum(if(is_same_currency, not_yet_invoiced, 0)) as not_yet_invoiced,
        sum(if(is_same_currency, charge_count, 0)) as charge_count,
        sum(if(is_same_currency, 0, charge_count)) as charges_in_other_currencies
    from in_period
    group by budget_id
),

daily as (
    select
        budget_id,
        spend_day,
        sum(billed_cost) as billed_cost
    from in_period
    where is_same_currency
    group by all
),

days as (
    select
        budgets.budget_id,
        budgets.amount,
        cast(
            unnest(generate_series(
                budgets.period_start, budgets.period_end - interval '1 day', interval '1 day'
            )) as date
        ) as calendar_day
    from budgets
),

-- Day by day: what is spent so far, and from the last complete day on what is foreseen.
courses as (
    select
        days.budget_id,
        days.amount,
        days.calendar_day,
        days.calendar_day > current_forecasts.as_of_date as is_ahead,
        sum(coalesce(daily.billed_cost, 0)) over (
            partition by days.budget_id order by days.calendar_day asc
        ) as spent_so_far,
        current_forecasts.known_cost
        + {{ estimated_part(
            'current_forecasts.window_cost',
            'days.calendar_day - greatest(
                current_forecasts.as_of_date, current_forecasts.period_start - 1
            )',
            'current_forecasts.window_days'
        ) }}
        + sum(coalesce(due.due_cost, 0)) over (
            partition by days.budget_id order by days.calendar_day asc
        ) as foreseen
    from days
    left join daily
        on
            days.budget_id = daily.budget_id
            and days.calendar_day = daily.spend_day
    left join due
        on
            days.budget_id = due.budget_id
            and days.calendar_day = due.due_on
    left join current_forecasts on days.budget_id = current_forecasts.budget_id
),

breaches as (
    select
        budget_id,
        min(calendar_day) as breach_date,
        arg_min(is_ahead and spent_so_far <= amount, calendar_day) as is_forecast
    from courses
    where
        spent_so_far > amount
        or (is_ahead and foreseen > amount)
    group by budget_id
),

joined as (
    select
        budgets.*,
        coalesce(spent.actual_cost, 0) as actual_cost,
        coalesce(spent.not_yet_invoiced, 0) as not_yet_invoiced,
        coalesce(spent.charge_count, 0) as charge_count,
        coalesce(spent.charges_in_other_currencies, 0) as charges_in_other_currencies,
        current_forecasts.as_of_date,
        current_forecasts.days_remaining,
        {{ estimated_part(
            'current_forecasts.window_cost', '1', 'current_forecasts.window_days'
        ) }} as run_rate_per_day,
        current_forecasts.monthly_cost,
        current_forecasts.carried_forward,
        current_forecasts.rest_cost,
        current_forecasts.forecast_cost,
        coalesce(back_tests.back_test_count, 0) as back_test_count,
        back_tests.typical_error_share,
        if(back_tests.measured_count >= 3, back_tests.low_share, null) as low_share,
        if(back_tests.measured_count >= 3, back_tests.high_share, null) as high_share,
        breaches.breach_date,
        breaches.is_forecast
    from budgets
    left join spent on budgets.budget_id = spent.budget_id
    left join current_forecasts on budgets.budget_id = current_forecasts.budget_id
    left join back_tests on budgets.budget_id = back_tests.budget_id
    left join breaches on budgets.budget_id = breaches.budget_id
),

bounded as (
    select
        *,
        if(
            days_remaining = 0,
            forecast_cost,
            greatest(
                forecast_cost
                + {{ exact_product('cast(rest_cost as decimal(38, 4))', 'low_share', money) }},
                actual_cost
            )
        ) as forecast_low,
        if(
            days_remaining = 0,
            forecast_cost,
            forecast_cost
            + {{ exact_product('cast(rest_cost as decimal(38, 4))', 'high_share', money) }}
        ) as forecast_high
    from joined
),

final as (
    select
        budget_id,
        scope_type,
        scope_value,
        period_start,
        period_end,
        billing_currency,
        cast(amount as {{ money }}) as amount,
        cast(actual_cost as {{ money }}) as actual_cost,
        cast(not_yet_invoiced as {{ money }}) as not_yet_invoiced,
        cast(amount - actual_cost as {{ money }}) as remaining,
        cast(actual_cost / nullif(amount, 0) as decimal(18, 6)) as share_spent,
        cast(charge_count as bigint) as charge_count,
        cast(charges_in_other_currencies as bigint) as charges_in_other_currencies,
        as_of_date,
        days_remaining,
        run_rate_per_day,
        monthly_cost as run_rate_per_month,
        carried_forward,
        forecast_cost,
        cast(if(low_share is null and days_remaining > 0, null, forecast_low) as {{ money }})
            as forecast_low,
        cast(if(high_share is null and days_remaining > 0, null, forecast_high) as {{ money }})
            as forecast_high,
        cast(back_test_count as bigint) as back_test_count,
        typical_error_share,
        breach_date,
        case
            when breach_date is null then null
            when is_forecast then 'forecast'
            else 'actual'
        end as breach_kind,
        case
            when actual_cost > amount then 'Over'
            when forecast_cost > amount then 'Forecast over'
            when charge_count = 0 then 'No charges'
            when high_share is not null and forecast_high > amount then 'At risk'
            when forecast_cost is null then 'Too little history'
            else 'Within'
        end as verdict
    from bounded
)

select * from final
