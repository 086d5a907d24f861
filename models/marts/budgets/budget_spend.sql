-- A table: every question about a budget starts here, and this is where all charges are read.
{{ config(materialized='table') }}

with budgets as (
    select * from {{ ref('budgets') }}
),

charges as (
    select * from {{ ref('charge') }}
),

-- How a charge comes back. What falls on days goes on by days, what covers a month by months; what
-- happens once (credits, taxes, corrections, terms longer than a month) is not foreseen.
timed as (
    select
        *,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        case
            when charge_class is not null or charge_frequency = 'One-Time' then 'once'
            when
                charge_category = 'Usage'
                and charge_period_end <= charge_period_start + interval '1 day'
                then 'daily'
            when
                charge_category in ('Usage', 'Purchase')
                and charge_period_end <= charge_period_start + interval '31 days'
                then 'monthly'
            else 'once'
        end as pattern
    from charges
),

-- A budget follows the bill: what is billed late counts from the first day of the month that bills
-- it.
spent as (
    select
        billing_month,
        cast(
            least(
                greatest(cast(charge_period_start as date), billing_month),
                billing_month + interval '1 month' - interval '1 day'
            ) as date
        ) as spend_day,
        pattern,
        billing_currency,
        billing_account_id,
        service_name,
        x_department,
        x_cost_centre,
        x_project_code,
        count(*) as charge_count,
        sum(billed_cost) as billed_cost,
        sum(if(x_cost_basis = 'Invoiced', 0, billed_cost)) as not_yet_invoiced
    from timed
    group by all
),

final as (
    select
        budgets.budget_id,
        spent.billing_currency,
        spent.billing_month,
        spent.spend_day,
        spent.pattern,
        cast(sum(spent.charge_count) as bigint) as charge_count,
        cast(sum(spent.billed_cost) as {{ money_type() }}) as billed_cost,
        cast(sum(spent.not_yet_invoiced) as {{ money_type() }}) as not_yet_invoiced
    from budgets
    inner join spent
        on
            case budgets.scope_type
                when 'total' then true
                when 'department' then budgets.scope_value = spent.x_department
                when 'cost_centre' then budgets.scope_value = spent.x_cost_centre
                when 'project' then budgets.scope_value = spent.x_project_code
                when 'service' then budgets.scope_value = spent.service_name
                when 'billing_account' then budgets.scope_value = spent.billing_account_id
            end
    group by all
)

select * from final
