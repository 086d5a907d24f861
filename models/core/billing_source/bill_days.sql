{{ config(materialized='table') }}

-- The days that each bill reaches, and those on which it has a line that reaches nowhere.
with bill_reach as (
    select * from {{ ref('bill_reach') }}
),

billed_lines as (
    select * from {{ ref('billed_lines') }}
),

common_bill_days as (
    select * from {{ ref('common_bill_days') }}
),

logged_days as (
    select * from {{ ref('logged_days') }}
    where evidence_class = 1
),

log_choices as (
    select * from {{ ref('log_choices') }}
    where evidence_class = 1 and is_best
),

reached as (
    select
        source_dataset,
        service,
        account_id,
        compared_account,
        is_billed_through,
        charge_kind,
        true as is_covering,
        sub_accounts,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        unnest(generate_series(
            date_trunc('day', reached_from),
            date_trunc('day', reached_to - interval 1 microsecond),
            interval 1 day
        )) as day_start,
        reached_to,
        greatest(reached_from, day_start) as covered_from,
        least(reached_to, day_start + interval 1 day) as covered_to
    from bill_reach
),

-- A day of another clock is from its first to its last hour, also beyond midnight.
timed as (
    select
        reached.* exclude (reached_to, covered_from, covered_to), -- noqa: RF02
        coalesce(own_day.begins_at, reached.covered_from) as covered_from,
        coalesce(next_day.begins_at, reached.covered_to) as covered_to
    from reached
    left join common_bill_days as own_day
        on
            reached.service = own_day.service
            and reached.charge_kind = own_day.charge_kind
            and cast(reached.day_start as date) = own_day.charged_on
    left join common_bill_days as next_day
        on
            reached.service = next_day.service
            and reached.charge_kind = next_day.charge_kind
            and cast(reached.day_start as date) + 1 = next_day.charged_on
    where coalesce(own_day.begins_at, reached.covered_from) < reached.reached_to
),

lines as (
    select
        source_dataset,
        service,
        account_id,
        compared_account,
        is_billed_through,
        charge_kind,
        false as is_covering,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        date_trunc('day', period_start) as day_start
    from billed_lines
    group by all
),

-- A seller that states the charge of each call: calls are its lines.
sold as (
    select
        source_dataset,
        service,
        account_id,
        unnest(days) as charged_on
    from log_choices
),

sold_days as (
    select
        logged_days.source_dataset,
        logged_days.service,
        logged_days.account_id,
        logged_days.compared_account,
        false as is_billed_through,
        logged_days.charge_kind,
        true as is_covering,
        logged_days.charge_month as billing_month,
        cast(logged_days.charged_on as timestamp) as day_start,
        day_start as covered_from,
        day_start + interval 1 day as covered_to,
        sum(logged_days.tokens) as tokens
    from logged_days
    inner join sold
        on
            logged_days.source_dataset = sold.source_dataset
            and logged_days.service = sold.service
            and logged_days.account_id is not distinct from sold.account_id
            and logged_days.charged_on = sold.charged_on
    group by all
),

stacked as (
    select * from timed
    union all by name
    select * from lines
    union all by name
    select * from sold_days
),

-- One row a day, also where some lines of it name no issuer: each line is charged by its day.
final as (
    select
        source_dataset,
        service,
        account_id,
        if(bool_or(is_billed_through), null, any_value(compared_account)) as compared_account,
        bool_or(is_billed_through) as is_billed_through,
        charge_kind,
        cast(day_start as date) as charged_on,
        cast(date_trunc('month', day_start) as date) as charge_month,
        bool_or(is_covering) as is_covering,
        max(billing_month) as billing_month,
        min(covered_from) as covered_from,
        max(covered_to) as covered_to,
        if(
            coalesce(bool_and(sub_accounts is not null) filter (where is_covering), false),
            list_sort(list_distinct(flatten(list(sub_accounts) filter (where is_covering)))),
            null
        ) as sub_accounts,
        cast(coalesce(sum(tokens), 0) as {{ quantity_type() }}) as tokens
    from stacked
    group by all
)

select * from final
