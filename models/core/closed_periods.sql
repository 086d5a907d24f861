{{ config(materialized='table') }}

with closed_months as (
    select * from {{ ref('closed_months') }}
),

current_charges as (
    select * from {{ ref('current_charges') }}
),

closed_charges as (
    select * from {{ ref('closed_charges') }}
),

services as (
    select service from current_charges
    union
    select service from closed_charges
),

closed as (
    select
        closed_months.billing_month,
        services.service,
        min(closed_months.closed_at) as closed_at
    from closed_months
    inner join services
        on closed_months.service is null or closed_months.service = services.service
    group by closed_months.billing_month, services.service
),

-- The month after a closed one is open unless it is closed, too.
open_months as (
    select
        closed.service,
        cast(closed.billing_month + interval '1 month' as date) as open_month
    from closed
    left join closed as next_closed
        on
            closed.service = next_closed.service
            and closed.billing_month + interval '1 month' = next_closed.billing_month
    where next_closed.billing_month is null
),

final as (
    select
        closed.billing_month,
        closed.service,
        closed.closed_at,
        min(open_months.open_month) as open_month
    from closed
    inner join open_months
        on
            closed.service = open_months.service
            and closed.billing_month < open_months.open_month
    group by closed.billing_month, closed.service, closed.closed_at
)

select * from final
