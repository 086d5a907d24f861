-- A table: both the forecasts and the courses of the budgets are read from it.
{{ config(materialized='table') }}

with foreseen_months as (
    select * from {{ ref('foreseen_months') }}
),

occasions as (
    select * from {{ ref('forecast_occasions') }}
),

terms as (
    select spend.*
    from {{ ref('budget_spend') }} as spend
    inner join {{ ref('budgets') }} as budgets
        on
            spend.budget_id = budgets.budget_id
            and spend.billing_currency = budgets.billing_currency
    where spend.pattern = 'term'
),

months as (
    select
        budget_id,
        occasion,
        period_start,
        period_end,
        as_of_date,
        service_name,
        'monthly' as pattern,
        is_carried_forward,
        cast(
            unnest(generate_series(
                greatest(period_start, newest_month + interval '1 month'),
                period_end - interval '1 day',
                interval '1 month'
            )) as date
        ) as due_month,
        greatest(due_month, as_of_date + 1) as due_on,
        monthly_cost as due_cost
    from foreseen_months
),

renewals as (
    select
        occasions.budget_id,
        occasions.occasion,
        occasions.period_start,
        occasions.period_end,
        occasions.as_of_date,
        terms.service_name,
        terms.billed_cost,
        cast(
            unnest(generate_series(
                cast(terms.term_end as timestamp),
                occasions.period_end - interval '1 day',
                to_months(greatest(datediff('month', terms.term_start, terms.term_end), 1))
            )) as date
        ) as due_on
    from occasions
    inner join terms
        on
            occasions.budget_id = terms.budget_id
            and occasions.as_of_date >= terms.spend_day
            and occasions.as_of_date < terms.term_end
            and occasions.period_end > terms.term_end
),

-- What is billed ahead is known, and not foreseen once more.
due_renewals as (
    select
        budget_id,
        occasion,
        period_start,
        period_end,
        as_of_date,
        service_name,
        'term' as pattern,
        false as is_carried_forward,
        cast(date_trunc('month', due_on) as date) as due_month,
        due_on,
        billed_cost as due_cost
    from renewals
    where
        due_on >= period_start
        and not exists (
            select 1 from terms
            where
                terms.budget_id = renewals.budget_id
                and terms.service_name = renewals.service_name
                and terms.term_start = renewals.due_on
                and terms.spend_day <= renewals.as_of_date
        )
),

due as (
    select * from months
    union all
    select * from due_renewals
),

final as (
    select
        budget_id,
        occasion,
        period_start,
        service_name,
        pattern,
        due_month,
        due_on,
        is_carried_forward,
        cast(sum(due_cost) as {{ money_type() }}) as billed_cost
    from due
    where as_of_date < period_end - 1
    group by all
)

select * from final
