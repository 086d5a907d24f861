-- Logs of a range of days in the order in which they are taken, and what speaks against each:
-- logs before it that may have the same calls.
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
        list(earlier.source_key order by earlier.source_key) as earlier_keys,
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

final as (
    select
        ordered.*,
        coalesce(conflicts.earlier_keys, cast([] as varchar[])) as earlier_keys,
        conflicts.first_earlier as same_as,
        conflicts.overlap
    from ordered
    left join conflicts
        on
            ordered.service = conflicts.service
            and ordered.charge_kind = conflicts.charge_kind
            and ordered.charge_month = conflicts.charge_month
            and ordered.sources = conflicts.sources
            and ordered.source_key = conflicts.source_key
)

select * from final -- noqa: AM04
