{{ config(materialized='table') }}

-- Which source is charged, for whom to read: billing_source_days in runs of days.
with source_days as (
    select * from {{ ref('billing_source_days') }}
),

source_money as (
    select * from {{ ref('source_money') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by source_dataset, service, account_id, charge_kind, charge_month
            order by charged_on
        ) - row_number() over (
            partition by
                source_dataset, service, account_id, charge_kind, charge_month,
                is_billing_source, is_best_log, reason
            order by charged_on
        ) as run_number
    from source_days
),

runs as (
    select
        service,
        charge_kind,
        account_id,
        source_dataset,
        evidence,
        charge_month,
        is_billing_source,
        is_best_log,
        reason,
        list(charged_on) as days, -- noqa: RF04
        min(charged_on) as first_day,
        max(charged_on) as last_day,
        count(*) as day_count
    from numbered
    group by
        service, charge_kind, account_id, source_dataset, evidence, charge_month,
        is_billing_source, is_best_log, reason, run_number
),

run_days as (
    select
        service,
        charge_kind,
        account_id,
        source_dataset,
        first_day,
        unnest(days) as charged_on
    from runs
),

-- Usage without a price has no currency; it is shown with the money of its run.
run_money as (
    select
        run_days.service,
        run_days.charge_kind,
        run_days.account_id,
        run_days.source_dataset,
        run_days.first_day,
        source_money.currency,
        sum(source_money.record_count) as record_count,
        sum(source_money.tokens) as tokens,
        sum(source_money.amount) as amount,
        row_number() over (
            partition by
                run_days.service, run_days.charge_kind, run_days.account_id,
                run_days.source_dataset, run_days.first_day
            order by source_money.currency nulls last
        ) as currency_order
    from run_days
    inner join source_money
        on
            run_days.source_dataset = source_money.source_dataset
            and run_days.service = source_money.service
            and run_days.account_id is not distinct from source_money.account_id
            and run_days.charge_kind = source_money.charge_kind
            and run_days.charged_on = source_money.charged_on
    group by
        run_days.service, run_days.charge_kind, run_days.account_id, run_days.source_dataset,
        run_days.first_day, source_money.currency
),

final as (
    select
        runs.* exclude (days), -- noqa: RF02
        cast(coalesce(run_money.record_count, 0) as bigint) as record_count,
        cast(coalesce(run_money.tokens, 0) as {{ quantity_type() }}) as tokens,
        run_money.currency,
        cast(coalesce(run_money.amount, 0) as {{ money_type() }}) as amount
    from runs
    left join run_money
        on
            runs.source_dataset = run_money.source_dataset
            and runs.service = run_money.service
            and runs.account_id is not distinct from run_money.account_id
            and runs.charge_kind = run_money.charge_kind
            and runs.first_day = run_money.first_day
            and (
                run_money.currency is not null
                or run_money.currency_order = 1
                or run_money.tokens != 0
            )
)

select * from final
