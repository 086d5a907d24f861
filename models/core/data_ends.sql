-- A table: few rows, and all charges and logs stand behind them.
{{ config(materialized='table') }}

with charge_lines as (
    select * from {{ ref('charge_lines') }}
),

usage as (
    select * from {{ ref('usage') }}
),

seats as (
    select * from {{ ref('seats') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

services as (
    select service from {{ ref('services') }}
    union
    select service from charge_lines
    union
    select service from {{ ref('contracts') }}
),

-- Use has happened. A purchase may be dated ahead, and so may what corrects or credits it.
used as (
    select
        service,
        max(cast(charge_period_start as date)) filter (
            where charge_period_end <= charge_period_start + interval '1 day'
        ) as used_until,
        max(cast(charge_period_start as date)) as charged_until
    from charge_lines
    where
        charge_category = 'Usage'
        and charge_class is null
        and commitment_discount_status is distinct from 'Unused'
    group by service
),

purchase_days as (
    select distinct
        service,
        cast(charge_period_start as date) as purchased_on
    from charge_lines
    where
        charge_category = 'Purchase'
        and charge_class is null
        and charge_frequency = 'Recurring'
        and charge_period_end <= charge_period_start + interval '1 day'
),

preceded as (
    select
        *,
        lag(purchased_on) over (
            partition by service order by purchased_on asc
        ) as purchased_before
    from purchase_days
),

-- Seats that are billed by day are delivered by day. A day that stands alone may be a date ahead.
purchased as (
    select
        service,
        max(purchased_on) as purchased_until
    from preceded
    where purchased_on - purchased_before <= 3
    group by service
),

logged as (
    select
        usage.source_dataset,
        usage.service,
        datasets.evidence = 'gateway log' as is_gateway,
        max(cast(usage.started_at as date)) as logged_until,
        max(max(cast(usage.started_at as date))) over (
            partition by usage.source_dataset
        ) as log_until
    from usage
    inner join datasets on usage.source_dataset = datasets.source_dataset
    group by usage.source_dataset, usage.service, datasets.evidence
),

-- What passes a gateway is in its log: on a later day on which others used it, this service was not
-- used.
reached as (
    select
        service,
        max(if(is_gateway, log_until, logged_until)) as logged_until
    from logged
    group by service
),

listed as (
    select
        service,
        max(snapshot_on) as listed_until
    from seats
    group by service
),

dated as (
    select
        services.service,
        greatest(used.used_until, purchased.purchased_until) as used_until,
        greatest(
            used.charged_until, purchased.purchased_until, reached.logged_until,
            listed.listed_until
        ) as delivered_until
    from services
    left join purchased on services.service = purchased.service
    left join used on services.service = used.service
    left join reached on services.service = reached.service
    left join listed on services.service = listed.service
),

-- A service of which nothing has come yet is seen from the newest day of all.
final as (
    select
        service,
        used_until,
        coalesce(
            delivered_until, max(delivered_until) over ()
        ) as known_until,
        max(delivered_until) over () as newest_day
    from dated
)

select * from final
