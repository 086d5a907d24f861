{{ config(materialized='table') }}

-- The days of sources that are no lines of a bill, and which of them knows a day best. One row per
-- source, account, kind and day.
with logged_days as (
    select * from {{ ref('logged_days') }}
),

log_choices as (
    select * from {{ ref('log_choices') }}
),

billed_days as (
    select * from {{ ref('billed_days') }}
),

chosen_days as (
    select
        * exclude (days),
        unnest(days) as charged_on
    from log_choices
),

source_days as (
    select
        service,
        charge_kind,
        charge_month,
        charged_on,
        source_dataset,
        account_id,
        compared_account,
        evidence,
        evidence_class,
        sum(record_count) as record_count,
        sum(tokens) as tokens
    from logged_days
    group by all
),

reported_days as (
    select
        service,
        charge_kind,
        charge_month,
        compared_account,
        charged_on
    from billed_days
    union all
    select
        service,
        charge_kind,
        charge_month,
        compared_account,
        charged_on
    from source_days
    where evidence_class < 3
),

reported as (
    select
        service,
        charge_kind,
        charge_month,
        compared_account,
        min(charged_on) as first_day,
        max(charged_on) as last_day
    from reported_days
    group by all
),

-- From the first to the last day that anybody reports use of, a sign of activity is no use of its
-- own.
mere_activity as (
    select distinct
        source_days.service,
        source_days.charge_kind,
        source_days.charged_on,
        source_days.source_dataset,
        source_days.account_id
    from source_days
    inner join reported
        on
            source_days.evidence_class = 3
            and source_days.service = reported.service
            and source_days.charge_kind = reported.charge_kind
            and source_days.charge_month = reported.charge_month
            and source_days.charged_on between reported.first_day and reported.last_day
            and {{ may_be_same_account('source_days', 'reported') }}
),

final as (
    select
        source_days.* replace (cast(source_days.record_count as bigint) as record_count),
        chosen_days.is_best and mere_activity.source_dataset is null as is_best,
        if(
            mere_activity.source_dataset is not null,
            'usage is reported for these days: keys only',
            chosen_days.reason
        ) as reason,
        chosen_days.is_doubtful
    from source_days
    inner join chosen_days
        on
            source_days.service = chosen_days.service
            and source_days.charge_kind = chosen_days.charge_kind
            and source_days.evidence_class = chosen_days.evidence_class
            and source_days.charged_on = chosen_days.charged_on
            and source_days.source_dataset = chosen_days.source_dataset
            and source_days.account_id is not distinct from chosen_days.account_id
    left join mere_activity
        on
            source_days.service = mere_activity.service
            and source_days.charge_kind = mere_activity.charge_kind
            and source_days.charged_on = mere_activity.charged_on
            and source_days.source_dataset = mere_activity.source_dataset
            and source_days.account_id is not distinct from mere_activity.account_id
)

select * from final -- noqa: AM04
