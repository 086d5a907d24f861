-- A table: every question about a budget starts here, and this is where all charges are read.
{{ config(materialized='table') }}

with budgets as (
    select * from {{ ref('budgets') }}
),

charges as (
    select * from {{ ref('charge') }}
),

-- What lasts a day or less: of purchases each SKU is a series of its own, of use each account.
short as (
    select
        service_name,
        billing_account_id,
        billing_currency,
        charge_category,
        if(charge_category = 'Purchase', sku_id, null) as series_sku_id,
        count(distinct cast(charge_period_start as date)) as day_count,
        date_diff('day', min(charge_period_start), max(charge_period_start)) + 1 as day_span
    from charges
    where
        charge_class is null
        and charge_frequency != 'One-Time'
        and charge_category in ('Usage', 'Purchase')
        and charge_period_end <= charge_period_start + interval '1 day'
    group by all
),

-- How a charge comes back is seen from its charges. What falls on days goes on by days, what covers
-- a month, or comes once in one, by months, and what was bought for a term when the term ends; what
-- happens once (credits, taxes, corrections, use over longer times) is not foreseen.
timed as (
    select
        charges.*,
        cast(date_trunc('month', charges.billing_period_start) as date) as billing_month,
        case
            when charges.charge_class is not null or charges.charge_frequency = 'One-Time'
                then 'once'
            when
                short.charge_category = 'Usage'
                and short.day_count >= 3
                and short.day_span >= 20 * short.day_count
                then 'monthly'
            when short.charge_category = 'Usage' then 'daily'
            when short.day_count >= 7 and short.day_span <= 3 * short.day_count then 'daily'
            when
                charges.charge_category in ('Usage', 'Purchase')
                and charges.charge_period_end <= charges.charge_period_start + interval '31 days'
                then 'monthly'
            when charges.charge_category = 'Purchase' then 'term'
            else 'once'
        end as pattern
    from charges
    left join short
        on
            charges.service_name = short.service_name
            and charges.billing_account_id is not distinct from short.billing_account_id
            and charges.billing_currency = short.billing_currency
            and charges.charge_category = short.charge_category
            and if(charges.charge_category = 'Purchase', charges.sku_id, null)
            is not distinct from short.series_sku_id
            and charges.charge_period_end <= charges.charge_period_start + interval '1 day'
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
        if(pattern = 'term', cast(charge_period_start as date), null) as term_start,
        if(pattern = 'term', cast(charge_period_end as date), null) as term_end,
        charge_category,
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
        spent.service_name,
        spent.charge_category,
        spent.pattern,
        spent.term_start,
        spent.term_end,
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
