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

ordered as (
    select
        *,
        row_number() over (
            partition by service, charge_kind, charge_month, sources
            order by tokens desc, evidence_rank asc, source_key asc
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

final as (
    select
        ordered.*,
        list_contains(accepted.accepted_keys, ordered.source_key) as is_accepted,
        conflicts.first_earlier as same_as,
        conflicts.overlap
    from ordered
    inner join accepted using (service, charge_kind, charge_month, sources)
    left join conflicts using (service, charge_kind, charge_month, sources, source_key)
)

select * from final
