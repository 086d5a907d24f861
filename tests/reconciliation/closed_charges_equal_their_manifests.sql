-- What is frozen is what was closed: per closed month, service and currency rows and costs are
-- those that the manifest had when the month was closed, and no row belongs to another month.
with closed_charges as (
    select * from {{ ref('closed_charges') }}
),

closed_months as (
    select * from {{ ref('closed_months') }}
),

stated_totals as (
    select
        billing_month,
        unnest(from_json(totals, '[{
            "service": "VARCHAR", "billing_currency": "VARCHAR", "rows": "BIGINT",
            "billed_cost": "VARCHAR", "effective_cost": "VARCHAR", "list_cost": "VARCHAR"
        }]')) as total
    from closed_months
),

stated as (
    select
        billing_month,
        total.service,
        total.billing_currency,
        total.rows as row_count,
        cast(total.billed_cost as {{ money_type() }}) as billed_cost,
        cast(total.effective_cost as {{ money_type() }}) as effective_cost,
        cast(total.list_cost as {{ money_type() }}) as list_cost
    from stated_totals
),

frozen as (
    select
        date_trunc('month', billing_period_start) as billing_month,
        service,
        billing_currency,
        count(*) as row_count,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost
    from closed_charges
    group by all
)

select
    coalesce(stated.billing_month, frozen.billing_month) as billing_month,
    coalesce(stated.service, frozen.service) as service,
    coalesce(stated.billing_currency, frozen.billing_currency) as billing_currency,
    stated.row_count as rows_closed,
    frozen.row_count as rows_here,
    stated.billed_cost as billed_cost_closed,
    frozen.billed_cost as billed_cost_here
from stated
full outer join frozen
    on
        stated.billing_month = frozen.billing_month
        and stated.service = frozen.service
        and stated.billing_currency = frozen.billing_currency
where
    stated.row_count is distinct from frozen.row_count
    or stated.billed_cost is distinct from frozen.billed_cost
    or stated.effective_cost is distinct from frozen.effective_cost
    or stated.list_cost is distinct from frozen.list_cost
