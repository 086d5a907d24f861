{{ config(materialized='table') }}

-- Of the sources that are no lines of a bill, which one knows the use of which days best. One row
-- per source and range of days on which the same sources are there.
with log_ranges as (
    select * from {{ ref('log_ranges') }}
),

accepted_logs as (
    select * from {{ ref('accepted_logs') }}
),

-- The parts of one report add up, and each part is counted by the export that has most of it.
exports as (
    select
        service,
        charge_kind,
        evidence_class,
        charge_month,
        sources,
        choice,
        report,
        part,
        source_dataset,
        min(evidence_rank) as evidence_rank,
        sum(tokens) as tokens
    from log_ranges
    where not is_log
    group by all
),

parts as (
    select
        *,
        row_number() over (
            partition by
                service, charge_kind, evidence_class, charge_month, sources, choice, report, part
            order by tokens desc, evidence_rank asc, source_dataset asc
        ) = 1 as is_part
    from exports
),

candidates as (
    select
        service,
        charge_kind,
        evidence_class,
        charge_month,
        sources,
        choice,
        report,
        sum(tokens) as tokens,
        min(evidence_rank) as evidence_rank
    from parts
    where is_part
    group by all
    union all
    select
        service,
        charge_kind,
        evidence_class,
        charge_month,
        sources,
        choice,
        'logs' as report,
        sum(own_tokens) as tokens,
        min(evidence_rank) as evidence_rank
    from accepted_logs
    where is_accepted
    group by all
),

chosen as (
    select
        *,
        row_number() over (
            partition by service, charge_kind, evidence_class, charge_month, sources, choice
            order by tokens desc, evidence_rank asc, report asc
        ) = 1 as is_chosen
    from candidates
),

final as (
    select
        log_ranges.service,
        log_ranges.charge_kind,
        log_ranges.evidence_class,
        log_ranges.charge_month,
        log_ranges.sources,
        log_ranges.source_dataset,
        log_ranges.account_id,
        log_ranges.days,
        coalesce(accepted_logs.is_accepted, parts.is_part) and chosen.is_chosen as is_best,
        case
            when not accepted_logs.is_accepted and accepted_logs.overlap = 'unclear'
                then 'may be the same calls as in ' || accepted_logs.same_as || ': keys only'
            when not accepted_logs.is_accepted
                then 'the same calls as in ' || accepted_logs.same_as || ': keys only'
            when not chosen.is_chosen or not parts.is_part
                then 'a more complete source covers these days: keys only'
            when accepted_logs.is_accepted and accepted_logs.log_order > 1
                then 'no bill yet: calls that no other source has'
            else 'no bill yet: the most complete usage'
        end as reason,
        coalesce(not accepted_logs.is_accepted and accepted_logs.overlap = 'unclear', false)
            as is_doubtful
    from log_ranges
    left join accepted_logs
        on
            log_ranges.service = accepted_logs.service
            and log_ranges.charge_kind = accepted_logs.charge_kind
            and log_ranges.evidence_class = accepted_logs.evidence_class
            and log_ranges.charge_month = accepted_logs.charge_month
            and log_ranges.sources = accepted_logs.sources
            and log_ranges.source_key = accepted_logs.source_key
    left join parts
        on
            log_ranges.service = parts.service
            and log_ranges.charge_kind = parts.charge_kind
            and log_ranges.evidence_class = parts.evidence_class
            and log_ranges.charge_month = parts.charge_month
            and log_ranges.sources = parts.sources
            and log_ranges.choice is not distinct from parts.choice
            and log_ranges.source_dataset = parts.source_dataset
    left join chosen
        on
            log_ranges.service = chosen.service
            and log_ranges.charge_kind = chosen.charge_kind
            and log_ranges.evidence_class = chosen.evidence_class
            and log_ranges.charge_month = chosen.charge_month
            and log_ranges.sources = chosen.sources
            and log_ranges.choice is not distinct from chosen.choice
            and if(log_ranges.is_log, 'logs', log_ranges.report) = chosen.report
)

select * from final
