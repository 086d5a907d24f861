{{ config(materialized='table') }}

-- Days on which two logs of a service that may be about the same account both have records.
with log_ranges as (
    select * from {{ ref('log_ranges') }}
    where is_log
),

logged_days as (
    select * from {{ ref('logged_days') }}
),

sources as (
    select distinct
        service,
        charge_month,
        source_key,
        source_dataset,
        account_id,
        compared_account,
        evidence_rank
    from log_ranges
),

pairs as (
    select
        better.service,
        better.charge_month,
        better.source_key as better_key,
        worse.source_key as worse_key,
        better.source_dataset as better_dataset,
        better.account_id as better_account,
        worse.source_dataset as worse_dataset,
        worse.account_id as worse_account
    from sources as better
    inner join sources as worse
        on
            better.service = worse.service
            and better.charge_month = worse.charge_month
            and (better.evidence_rank, better.source_key) < (worse.evidence_rank, worse.source_key)
            and {{ may_be_same_account('better', 'worse') }}
),

source_days as (
    select
        service,
        source_dataset,
        account_id,
        charge_month,
        charged_on,
        sum(tokens) as tokens,
        sum(amount) as amount
    from logged_days
    where charge_kind = 'metered'
    group by all
),

final as (
    select
        pairs.service,
        pairs.charge_month,
        pairs.better_key,
        pairs.worse_key,
        better.charged_on,
        -- Daily totals of money alone are compared as money.
        if(least(better.tokens, worse.tokens) = 0, better.amount, better.tokens) as better_size,
        if(least(better.tokens, worse.tokens) = 0, worse.amount, worse.tokens) as worse_size
    from pairs
    inner join source_days as better
        on
            pairs.service = better.service
            and pairs.charge_month = better.charge_month
            and pairs.better_dataset = better.source_dataset
            and pairs.better_account is not distinct from better.account_id
    inner join source_days as worse
        on
            pairs.service = worse.service
            and pairs.worse_dataset = worse.source_dataset
            and pairs.worse_account is not distinct from worse.account_id
            and better.charged_on = worse.charged_on
)

select * from final
