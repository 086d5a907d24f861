{{ config(materialized='table') }}

-- Whether two logs of a service see the same calls, by what they say of their common days.
with common_days as (
    select * from {{ ref('common_log_days') }}
),

logged_calls as (
    select * from {{ ref('logged_calls') }}
),

call_matches as (
    select * from {{ ref('call_matches') }}
),

compared_days as (
    select
        service,
        charge_month,
        better_key,
        worse_key,
        count(*) as common_days,
        count(*) filter (
            where
            abs(better_size - worse_size)
            <= {{ whole_part('greatest(better_size, worse_size)', 100) }}
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
    inner join compared_calls
        on
            compared_days.service = compared_calls.service
            and compared_days.charge_month = compared_calls.charge_month
            and compared_days.better_key = compared_calls.better_key
            and compared_days.worse_key = compared_calls.worse_key
    left join matched_calls
        on
            compared_days.service = matched_calls.service
            and compared_days.charge_month = matched_calls.charge_month
            and compared_days.better_key = matched_calls.better_key
            and compared_days.worse_key = matched_calls.worse_key
),

-- Equal totals of days say that two logs see the same, unless each of their calls is as large as
-- any other.
final as (
    select
        * exclude (call_sizes),
        case
            when same_requests > 0 then 'some of the same requests'
            when
                least(better_calls, worse_calls) > 0
                and matched_calls * 50 >= least(better_calls, worse_calls) * 49
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
