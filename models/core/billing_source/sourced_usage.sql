-- Priced usage with the word whether its money is charged from here. One row per usage row.
with priced_usage as (
    select * from {{ ref('priced_usage') }}
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind = 'metered'
),

retold_calls as (
    select * from {{ ref('retold_calls') }}
),

final as (
    select
        priced_usage.*,
        source_days.evidence,
        source_days.billing_month,
        source_days.is_billing_source
        and retold_calls.record_id is null
        and coalesce(
            if(
                coalesce({{ is_one_call() }}, true),
                priced_usage.started_at < source_days.billed_from,
                priced_usage.ended_at <= source_days.billed_from
            )
            or priced_usage.started_at >= source_days.billed_to,
            true
        ) as is_billing_source,
        source_days.is_best_log and retold_calls.record_id is null as is_best_log
    from priced_usage
    inner join source_days
        on {{ source_day_condition(
            'priced_usage', "'metered'", 'priced_usage.started_at', 'source_days'
        ) }}
    left join retold_calls
        on
            priced_usage.source_dataset = retold_calls.source_dataset
            and priced_usage.service = retold_calls.service
            and priced_usage.record_id = retold_calls.record_id
)

select * from final -- noqa: AM04
