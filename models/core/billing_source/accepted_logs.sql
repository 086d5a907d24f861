{{ config(materialized='table') }}

-- Logs of a service that add up: the most complete one, and each other one that sees other calls than
-- those before it.
with log_ranges as (
    select * from {{ ref('log_ranges') }}
    where is_log
),

source_overlaps as (
    select * from {{ ref('source_overlaps') }}
    where overlap in ('the same calls', 'unclear')
),

call_matches as (
    select * from {{ ref('call_matches') }}
),

logged_calls as (
    select * from {{ ref('logged_calls') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by service, charge_kind, charge_month, sources
            -- A gateway's daily totals hold failed calls and answers from its cache, too.
            order by all_tokens desc, evidence_rank asc, source_key asc
        ) as log_order
    from log_ranges
),

conflicts as (
    select
        later.service,
        later.charge_kind,
        later.charge_month,
        later.sources,
        later.source_key,
        list(earlier.source_key) as earlier_keys,
        arg_min(earlier.source_key, earlier.log_order) as first_earlier,
        arg_min(source_overlaps.overlap, earlier.log_order) as overlap
    from ordered as later
    inner join ordered as earlier
        on
            later.service = earlier.service
            and later.charge_kind = earlier.charge_kind
            and later.charge_month = earlier.charge_month
            and later.sources = earlier.sources
            and later.log_order > earlier.log_order
    inner join source_overlaps
        on
            later.service = source_overlaps.service
            and later.charge_month = source_overlaps.charge_month
            and least(later.source_key, earlier.source_key)
            = least(source_overlaps.better_key, source_overlaps.worse_key)
            and greatest(later.source_key, earlier.source_key)
            = greatest(source_overlaps.better_key, source_overlaps.worse_key)
    group by all
),

queues as (
    select
        ordered.service,
        ordered.charge_kind,
        ordered.charge_month,
        ordered.sources,
        list(
            {
                'accepted': [ordered.source_key],
                'conflicts': coalesce(conflicts.earlier_keys, cast([] as varchar[]))
            }
            order by ordered.log_order
        ) as queue
    from ordered
    left join conflicts using (service, charge_kind, charge_month, sources, source_key)
    group by all
),

accepted as (
    select
        service,
        charge_kind,
        charge_month,
        sources,
        list_reduce(
            queue,
            lambda done, following:
            if(
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
        ordered.*,
        cast(ordered.tokens - coalesce(retold_tokens.tokens, 0) as decimal(38, 10)) as own_tokens,
        list_contains(accepted.accepted_keys, ordered.source_key) as is_accepted,
        conflicts.first_earlier as same_as,
        conflicts.overlap
    from ordered
    inner join accepted using (service, charge_kind, charge_month, sources)
    left join conflicts using (service, charge_kind, charge_month, sources, source_key)
    left join retold_tokens using (service, charge_kind, charge_month, sources, source_key)
)

select * from final
