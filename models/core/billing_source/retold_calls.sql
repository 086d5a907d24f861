{{ config(materialized='table') }}

-- Calls that another log is charged for. Of two logs that share some requests both are, and each
-- request once; a call without an id is not known to be another one. Of two that see the same
-- calls one is, and this only matters where a call falls on another day in each.
with call_matches as (
    select * from {{ ref('call_matches') }}
),

logged_calls as (
    select * from {{ ref('logged_calls') }}
),

source_overlaps as (
    select * from {{ ref('source_overlaps') }}
),

accepted_days as (
    select
        service,
        source_key,
        unnest(days) as charged_on
    from {{ ref('accepted_logs') }}
    where is_accepted
),

matched as (
    select
        call_matches.source_dataset,
        call_matches.service,
        call_matches.record_id,
        call_matches.better_key as told_by,
        true as is_matched
    from call_matches
    inner join logged_calls
        on
            call_matches.service = logged_calls.service
            and call_matches.worse_key = logged_calls.source_key
            and call_matches.record_id = logged_calls.record_id
    -- Without a day in common in this month, a call around midnight is all that they share.
    left join source_overlaps
        on
            call_matches.service = source_overlaps.service
            and logged_calls.charge_month = source_overlaps.charge_month
            and call_matches.better_key = source_overlaps.better_key
            and call_matches.worse_key = source_overlaps.worse_key
    inner join accepted_days
        on
            call_matches.service = accepted_days.service
            and call_matches.better_key = accepted_days.source_key
            and call_matches.better_day = accepted_days.charged_on
    where source_overlaps.overlap is distinct from 'different calls'
),

nameless as (
    select
        logged_calls.source_dataset,
        logged_calls.service,
        logged_calls.record_id,
        source_overlaps.better_key as told_by,
        false as is_matched
    from logged_calls
    inner join source_overlaps
        on
            logged_calls.service = source_overlaps.service
            and logged_calls.charge_month = source_overlaps.charge_month
            and logged_calls.source_key = source_overlaps.worse_key
            and source_overlaps.overlap = 'some of the same requests'
    -- On a day that the other log does not know, it cannot be one of its calls.
    inner join accepted_days
        on
            logged_calls.service = accepted_days.service
            and source_overlaps.better_key = accepted_days.source_key
            and cast(logged_calls.started_at as date) = accepted_days.charged_on
    where logged_calls.request_id is null
),

retold as (
    select * from matched
    union all
    select * from nameless
),

final as (
    select
        source_dataset,
        service,
        record_id,
        min(told_by) as told_by,
        bool_or(is_matched) as is_matched
    from retold
    group by all
)

select * from final
