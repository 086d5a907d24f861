{{ config(materialized='table') }}

-- Logs of a service that add up: the most complete one, and each other one that sees other calls
-- than those before it.
with ordered as (
    select * from {{ ref('ordered_logs') }}
),

call_matches as (
    select * from {{ ref('call_matches') }}
),

logged_calls as (
    select * from {{ ref('logged_calls') }}
),

queues as (
    select
        service,
        charge_kind,
        charge_month,
        sources,
        list(
            {
                'accepted': [source_key],
                'conflicts': earlier_keys
            }
            order by log_order
        ) as queue
    from ordered
    group by all
),

accepted as (
    select
        service,
        charge_kind,
        charge_month,
        sources,
        list_reduce( -- noqa: PRS
            queue,
            lambda done, following: if(
                list_has_any(done.accepted, following.conflicts),
                done,
                {
                    'accepted': list_concat(done.accepted, following.accepted),
                    'conflicts': done.conflicts
                }
            )
        ).accepted as accepted_keys
    from queues
),

-- Calls that two of them have count once where they are held against a report.
retold as (
    select distinct
        worse.service,
        worse.charge_kind,
        worse.charge_month,
        worse.sources,
        worse.source_key,
        logged_calls.record_id,
        logged_calls.tokens
    from call_matches
    inner join logged_calls
        on
            call_matches.service = logged_calls.service
            and call_matches.worse_key = logged_calls.source_key
            and call_matches.record_id = logged_calls.record_id
    inner join ordered as worse
        on
            call_matches.service = worse.service
            and call_matches.worse_key = worse.source_key
            and list_contains(worse.days, cast(logged_calls.started_at as date))
    inner join accepted
        on
            worse.service = accepted.service
            and worse.charge_kind = accepted.charge_kind
            and worse.charge_month = accepted.charge_month
            and worse.sources = accepted.sources
            and list_contains(accepted.accepted_keys, call_matches.better_key)
),

retold_tokens as (
    select
        service,
        charge_kind,
        charge_month,
        sources,
        source_key,
        sum(tokens) as tokens
    from retold
    group by all
),

final as (
    select
        ordered.* exclude (earlier_keys), -- noqa: RF02
        cast(ordered.tokens - coalesce(retold_tokens.tokens, 0) as decimal(38, 10)) as own_tokens,
        list_contains(accepted.accepted_keys, ordered.source_key) as is_accepted
    from ordered
    inner join accepted
        on
            ordered.service = accepted.service
            and ordered.charge_kind = accepted.charge_kind
            and ordered.charge_month = accepted.charge_month
            and ordered.sources = accepted.sources
    left join retold_tokens
        on
            ordered.service = retold_tokens.service
            and ordered.charge_kind = retold_tokens.charge_kind
            and ordered.charge_month = retold_tokens.charge_month
            and ordered.sources = retold_tokens.sources
            and ordered.source_key = retold_tokens.source_key
)

select * from final -- noqa: AM04
