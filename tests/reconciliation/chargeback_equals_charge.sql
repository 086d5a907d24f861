-- Per billing month and currency chargeback holds every charge once, in all four costs; per month
-- of the charge and currency so does showback.
with charges as (
    select * from {{ ref('charge') }}
),

chargeback as (
    select * from {{ ref('chargeback') }}
),

showback as (
    select * from {{ ref('showback') }}
),

totals as (
    select
        'charge' as model,
        'billing month' as cut_by,
        cast(date_trunc('month', billing_period_start) as date) as month_start,
        billing_currency,
        count(*) as charge_count,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from charges
    group by all
    union all
    select
        'mart' as model,
        'billing month' as cut_by,
        billing_month as month_start,
        billing_currency,
        sum(charge_count) as charge_count,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from chargeback
    group by all
    union all
    select
        'charge' as model,
        'charge month' as cut_by,
        cast(date_trunc('month', charge_period_start) as date) as month_start,
        billing_currency,
        0 as charge_count,
        0 as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        0 as contracted_cost
    from charges
    group by all
    union all
    select
        'mart' as model,
        'charge month' as cut_by,
        charge_month as month_start,
        billing_currency,
        0 as charge_count,
        0 as billed_cost,
        sum(direct_cost + allocated_cost + unattributed_cost) as effective_cost,
        sum(list_cost) as list_cost,
        0 as contracted_cost
    from showback
    group by all
)

select
    cut_by,
    month_start,
    billing_currency,
    charge_count,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost
from totals
group by all
having count(*) != 2
