{{ config(materialized='table') }}

-- The single calls of logs, in months in which several logs know a service, and those beside them:
-- a call may fall in another month in the other log.
with usage as (
    select * from {{ ref('usage') }}
),

log_ranges as (
    select * from {{ ref('log_ranges') }}
    where is_log
),

contested as (
    select
        log_ranges.service,
        log_ranges.charge_month
    from log_ranges
    inner join log_ranges as near
        on
            log_ranges.service = near.service
            and near.charge_month between log_ranges.charge_month - interval 1 month
            and log_ranges.charge_month + interval 1 month
    group by all
    having count(distinct near.source_key) > 1
),

final as (
    select
        usage.service,
        contested.charge_month,
        usage.source_dataset,
        usage.account_id,
        {{ compared_account('usage.account_id') }} as compared_account,
        concat_ws('/', usage.source_dataset, usage.account_id) as source_key,
        usage.record_id,
        min(usage.request_id) as request_id,
        min(usage.started_at) as started_at,
        max(usage.ended_at) as ended_at,
        coalesce(sum(usage.quantity) filter (where ends_with(usage.meter, '_tokens')), 0)
            as tokens
    from usage
    inner join contested
        on
            usage.service = contested.service
            and date_trunc('month', usage.started_at) = contested.charge_month
    semi join log_ranges on usage.source_dataset = log_ranges.source_dataset
    where usage.is_billable and {{ is_one_call() }}
    group by all
)

select * from final
