{{ config(materialized='table') }}

-- Calls that two logs have in common: by the request's id, else by tokens and time. Two logs of
-- one dataset and account are one. The call is told by the better evidence.
with logged_calls as (
    select * from {{ ref('logged_calls') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

calls as (
    select
        logged_calls.*,
        {{ evidence_rank('datasets') }} as evidence_rank,
        [
            cast(epoch(logged_calls.started_at) as bigint),
            cast(epoch(coalesce(logged_calls.ended_at, logged_calls.started_at)) as bigint)
        ] as seconds
    from logged_calls
    inner join datasets on logged_calls.source_dataset = datasets.source_dataset
),

-- One system notes when a call began, another when it ended, and their clocks differ by a few
-- seconds.
timed as (
    select
        * exclude (seconds),
        unnest(list_distinct(seconds)) as noted_second
    from calls
    where tokens > 0
),

near_seconds as (
    select distinct
        source_key,
        evidence_rank,
        service,
        compared_account,
        tokens,
        cast(started_at as date) as better_day,
        unnest(generate_series(noted_second - 5, noted_second + 5)) as near_second
    from timed
),

by_id as (
    select
        better.source_key as better_key,
        worse.source_key as worse_key,
        worse.service,
        worse.source_dataset,
        worse.record_id,
        cast(better.started_at as date) as better_day,
        'request id' as matched_by
    from calls as worse
    inner join calls as better
        on
            worse.service = better.service
            and worse.request_id = better.request_id
            -- A number that both systems count up is no request of both.
            and abs(date_diff('minute', worse.started_at, better.started_at))
            <= if(worse.tokens = better.tokens, 1560, 10)
            and (worse.evidence_rank, worse.source_key) > (better.evidence_rank, better.source_key)
            and {{ may_be_same_account('worse', 'better') }}
),

by_time as (
    select
        better.source_key as better_key,
        worse.source_key as worse_key,
        worse.service,
        worse.source_dataset,
        worse.record_id,
        better.better_day,
        'tokens and time' as matched_by
    from timed as worse
    inner join near_seconds as better
        on
            worse.service = better.service
            and worse.tokens = better.tokens
            and worse.noted_second = better.near_second
            and (worse.evidence_rank, worse.source_key) > (better.evidence_rank, better.source_key)
            and {{ may_be_same_account('worse', 'better') }}
),

matches as (
    select * from by_id
    union all
    select * from by_time
),

final as (
    select
        better_key,
        worse_key,
        service,
        source_dataset,
        record_id,
        min(better_day) as better_day,
        bool_or(matched_by = 'request id') as is_same_request
    from matches
    group by all
)

select * from final
