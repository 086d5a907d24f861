{{ config(materialized='table') }}

-- Whether two logs of a service see the same calls, by what they say of their common days.
with log_ranges as (
    select * from {{ ref('log_ranges') }}
    where is_log
),

logged_days as (
    select * from {{ ref('logged_days') }}
),

logged_calls as (
    select * from {{ ref('logged_calls') }}
),

call_matches as (
    select * from {{ ref('call_matches') }}
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

common_days as (
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
),

compared_days as (
    select
        service,
        charge_month,
        better_key,
        worse_key,
        count(*) as common_days,
        count(*) filter (
            where abs(better_size - worse_size) * 100 <= greatest(better_size, worse_size)
        ) as equal_days
    from common_days
    group by all
),

day_calls as (
    select
        service,
        source_key,
        cast(started_at as date) as charged_on,
        count(*) as calls,
        count(distinct tokens) as sizes
    from logged_calls
    group by all
),

compared_calls as (
    select
        common_days.service,
        common_days.charge_month,
        common_days.better_key,
        common_days.worse_key,
        cast(coalesce(sum(better.calls), 0) as bigint) as better_calls,
        cast(coalesce(sum(worse.calls), 0) as bigint) as worse_calls,
        coalesce(max(worse.sizes), 0) as call_sizes
    from common_days
    left join day_calls as better
        on
            common_days.service = better.service
            and common_days.better_key = better.source_key
            and common_days.charged_on = better.charged_on
    left join day_calls as worse
        on
            common_days.service = worse.service
            and common_days.worse_key = worse.source_key
            and common_days.charged_on = worse.charged_on
    group by all
),

matched_calls as (
    select
        call_matches.service,
        logged_calls.charge_month,
        call_matches.better_key,
        call_matches.worse_key,
        count(*) as matched_calls,
        count(*) filter (where call_matches.is_same_request) as same_requests
    from call_matches
    inner join logged_calls
        on
            call_matches.service = logged_calls.service
            and call_matches.source_dataset = logged_calls.source_dataset
            and call_matches.worse_key = logged_calls.source_key
            and call_matches.record_id = logged_calls.record_id
    group by all
),

counted as (
    select
        compared_days.service,
        compared_days.charge_month,
        compared_days.better_key,
        compared_days.worse_key,
        compared_days.common_days,
        compared_days.equal_days,
        compared_calls.better_calls,
        compared_calls.worse_calls,
        compared_calls.call_sizes,
        coalesce(matched_calls.matched_calls, 0) as matched_calls,
        coalesce(matched_calls.same_requests, 0) as same_requests
    from compared_days
    inner join compared_calls using (service, charge_month, better_key, worse_key)
    left join matched_calls using (service, charge_month, better_key, worse_key)
),

-- Equal totals of days say that two logs see the same, unless each of their calls is as large as any
-- other.
final as (
    select
        * exclude (call_sizes),
        case
            when same_requests > 0 then 'some of the same requests'
            when matched_calls * 100 >= greatest(least(better_calls, worse_calls) * 98, 1)
                then 'the same calls'
            -- Totals of a gateway beside its own log, and totals that are equal.
            when
                least(better_calls, worse_calls) = 0
                and (
                    split_part(better_key, '/', 1) = split_part(worse_key, '/', 1)
                    or equal_days * 10 >= common_days * 9
                )
                then 'the same calls'
            when
                least(better_calls, worse_calls) > 0
                and matched_calls * 20 <= least(better_calls, worse_calls)
                and (equal_days * 10 < common_days * 9 or call_sizes < 3)
                then 'different calls'
            else 'unclear'
        end as overlap
    from counted
)

select * from final
