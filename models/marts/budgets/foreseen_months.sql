with occasions as (
    select * from {{ ref('forecast_occasions') }}
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

-- The newest month of each service: its list may come a month after another's. One that is billed
-- by days or for a term since then is not billed by months any more.
newest as (
    select
        occasions.budget_id,
        occasions.occasion,
        occasions.period_start,
        occasions.period_end,
        occasions.as_of_date,
        spend.service_name,
        max(spend.billing_month) as newest_month
    from occasions
    inner join spend
        on
            occasions.budget_id = spend.budget_id
            and occasions.as_of_date >= spend.spend_day
            and date_trunc('month', occasions.as_of_date) - interval '1 month'
            <= spend.billing_month
    where
        spend.pattern = 'monthly'
        or (spend.charge_category = 'Purchase' and spend.pattern in ('daily', 'term'))
    group by all
),

final as (
    select
        newest.budget_id,
        newest.occasion,
        newest.period_start,
        newest.period_end,
        newest.as_of_date,
        newest.service_name,
        newest.newest_month,
        newest.newest_month < date_trunc('month', newest.as_of_date) as is_carried_forward,
        cast(sum(spend.billed_cost) as {{ money_type() }}) as monthly_cost
    from newest
    inner join spend
        on
            newest.budget_id = spend.budget_id
            and newest.service_name = spend.service_name
            and newest.newest_month = spend.billing_month
            and spend.pattern = 'monthly'
    group by all
)

select * from final
