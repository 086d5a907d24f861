-- Per service, month and currency: what is billed is what bills put into charge_lines, before
-- prepayments pay for any of it; what is priced is the usage and the seats of the logs that are
-- held against bills, at contract and at list.
with reconciliation as (
    select * from {{ ref('reconciliation') }}
),

charges as (
    select * from {{ ref('charge_lines') }}
    where x_cost_basis in ('Invoiced', 'Reported')
),

priced_usage as (
    select * from {{ ref('sourced_usage') }}
    where is_billable and list_cost is not null and is_best_log
),

priced_seats as (
    select * from {{ ref('sourced_seats') }}
    where contracted_unit_price is not null and is_best_log
),

expected as (
    select
        service,
        -- A period from the 15th to the 15th is the month's that it begins in.
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        billing_currency as currency,
        billed_cost,
        cast(0 as {{ money_type() }}) as priced_cost,
        cast(0 as {{ money_type() }}) as priced_list_cost
    from charges
    union all
    select
        priced_usage.service,
        priced_usage.billing_month,
        priced_usage.price_currency as currency,
        0 as billed_cost,
        priced_usage.contracted_cost as priced_cost,
        priced_usage.list_cost as priced_list_cost
    from priced_usage
    union all
    select
        priced_seats.service,
        priced_seats.billing_month,
        priced_seats.currency,
        0 as billed_cost,
        priced_seats.contracted_unit_price * priced_seats.pricing_quantity as priced_cost,
        priced_seats.list_unit_price * priced_seats.pricing_quantity as priced_list_cost
    from priced_seats
),

expected_totals as (
    select
        service,
        billing_month,
        currency,
        sum(billed_cost) as billed_cost,
        sum(priced_cost) as priced_cost,
        sum(priced_list_cost) as priced_list_cost
    from expected
    group by all
),

actual_totals as (
    select
        service,
        billing_month,
        currency,
        sum(billed_cost) as billed_cost,
        sum(priced_cost) as priced_cost,
        sum(priced_list_cost) as priced_list_cost
    from reconciliation
    group by all
)

select
    coalesce(expected_totals.service, actual_totals.service) as service,
    coalesce(expected_totals.billing_month, actual_totals.billing_month) as billing_month,
    coalesce(expected_totals.currency, actual_totals.currency) as currency,
    expected_totals.billed_cost as billed_in_lines,
    actual_totals.billed_cost as billed_here,
    expected_totals.priced_cost as priced_in_logs,
    actual_totals.priced_cost as priced_here
from expected_totals
full outer join actual_totals
    on
        expected_totals.service = actual_totals.service
        and expected_totals.billing_month = actual_totals.billing_month
        and expected_totals.currency = actual_totals.currency
where
    coalesce(expected_totals.billed_cost, 0) != coalesce(actual_totals.billed_cost, 0)
    or coalesce(expected_totals.priced_cost, 0) != coalesce(actual_totals.priced_cost, 0)
    or coalesce(expected_totals.priced_list_cost, 0) != coalesce(actual_totals.priced_list_cost, 0)
