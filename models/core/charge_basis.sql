{{ config(materialized='table') }}

with usage as (
    select * from {{ ref('usage') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

seats as (
    select * from {{ ref('seats') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

complements as (
    select * from {{ ref('complementary_datasets') }}
),

sources as (
    select
        source_dataset,
        service,
        account_id,
        charge_scope,
        cast(date_trunc('month', period_start) as date) as billing_month,
        count(*) as record_count,
        0 as tokens,
        cast(min(period_start) as date) as first_day,
        cast(max(period_start) as date) as last_day
    from bill_lines
    group by all
    union all
    select
        source_dataset,
        service,
        account_id,
        'usage' as charge_scope,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        count(*) as record_count,
        0 as tokens,
        cast(min(period_start) as date) as first_day,
        cast(max(period_start) as date) as last_day
    from focus_lines
    group by all
    union all
    select
        source_dataset,
        service,
        account_id,
        'usage' as charge_scope,
        cast(date_trunc('month', started_at) as date) as billing_month,
        -- The first row of each record: the others count no call.
        count(*) filter (where request_count is distinct from 0) as record_count,
        coalesce(
            sum(quantity) filter (where ends_with(meter, '_tokens') and is_billable), 0
        ) as tokens,
        cast(min(started_at) as date) as first_day,
        cast(max(started_at) as date) as last_day
    from usage
    group by all
    union all
    select
        source_dataset,
        service,
        account_id,
        'seat' as charge_scope,
        month_start as billing_month,
        count(*) as record_count,
        0 as tokens,
        month_start as first_day,
        last_day(month_start) as last_day
    from seats
    group by all
),

-- Three classes of evidence: what the vendor charges, what was used, and mere signs of activity.
-- Datasets of one group add up, each part of the group being told once.
known as (
    select
        sources.*,
        datasets.evidence,
        {{ evidence_rank('datasets') }} as evidence_rank,
        datasets.evidence = 'bill' as is_bill,
        case datasets.evidence when 'bill' then 1 when 'activity' then 3 else 2 end
            as evidence_class,
        coalesce(complements.basis_group, sources.source_dataset) as basis_group,
        coalesce(complements.part, sources.source_dataset) as part,
        count(distinct sources.account_id) over (
            partition by
                sources.source_dataset, sources.service, sources.charge_scope,
                sources.billing_month
        ) as named_accounts
    from sources
    inner join datasets on sources.source_dataset = datasets.source_dataset
    left join complements on sources.source_dataset = complements.source_dataset
),

parts as (
    select
        *,
        row_number() over (
            partition by
                service, account_id, charge_scope, billing_month, evidence_class, basis_group, part
            order by tokens desc, evidence_rank asc, source_dataset asc
        ) as part_order
    from known
),

grouped as (
    select
        *,
        sum(tokens) filter (where part_order = 1) over same_group as group_tokens,
        min(evidence_rank) filter (where part_order = 1) over same_group as group_rank
    from parts
    window same_group as (
        partition by
            service, account_id, charge_scope, billing_month, evidence_class, basis_group
    )
),

ranked as (
    select
        *,
        if(
            part_order = 1,
            dense_rank() over (
                partition by service, account_id, charge_scope, billing_month, evidence_class
                -- Of several bills or several logs: the most complete, then the better evidence.
                order by group_tokens desc, group_rank asc, basis_group asc
            ),
            part_order
        ) as completeness_order
    from grouped
),

-- A source that does not say which of the vendor's accounts it saw may describe any of them. Of two
-- bills the better one counts, unless the other tells several accounts apart.
rivals as (
    select
        candidate.service,
        candidate.account_id,
        candidate.charge_scope,
        candidate.billing_month,
        candidate.source_dataset,
        coalesce(bool_or(
            rival.evidence_class < candidate.evidence_class
            and (
                rival.account_id is null
                or candidate.account_id is null
                or rival.account_id = candidate.account_id
            )
        ), false) as is_outclassed,
        coalesce(bool_or(
            not rival.is_bill
            and rival.evidence_class < candidate.evidence_class
            and (
                rival.account_id is null
                or candidate.account_id is null
                or rival.account_id = candidate.account_id
            )
        ), false) as is_outclassed_log,
        coalesce(bool_or(
            rival.is_bill
            and (
                rival.account_id is null
                or candidate.account_id is null
                or rival.account_id = candidate.account_id
            )
        ), false) as is_billed,
        coalesce(bool_or(
            not candidate.is_bill
            and rival.evidence_class = candidate.evidence_class
            and candidate.account_id is null
            and rival.account_id is not null
        ), false) as is_located_elsewhere,
        coalesce(bool_or(
            candidate.is_bill
            and rival.is_bill
            and rival.source_dataset != candidate.source_dataset
            and case
                when candidate.account_id is null and rival.account_id is not null
                    then
                        rival.named_accounts > 1
                        or (rival.evidence_rank, rival.source_dataset)
                        < (candidate.evidence_rank, candidate.source_dataset)
                when candidate.account_id is not null and rival.account_id is null
                    then
                        candidate.named_accounts = 1
                        and (rival.evidence_rank, rival.source_dataset)
                        < (candidate.evidence_rank, candidate.source_dataset)
            end
        ), false) as is_billed_elsewhere
    from ranked as candidate
    left join ranked as rival
        on
            candidate.service = rival.service
            and candidate.charge_scope = rival.charge_scope
            and candidate.billing_month = rival.billing_month
    group by all
),

final as (
    select
        ranked.service,
        ranked.account_id,
        ranked.charge_scope,
        ranked.billing_month,
        ranked.source_dataset,
        ranked.evidence,
        ranked.completeness_order = 1
        and not rivals.is_outclassed
        and not rivals.is_located_elsewhere
        and not rivals.is_billed_elsewhere as carries_money,
        -- What would carry the money if there were no bill: the one log held against the bill.
        not ranked.is_bill
        and ranked.completeness_order = 1
        and not rivals.is_outclassed_log
        and not rivals.is_located_elsewhere as is_best_log,
        case
            when rivals.is_billed_elsewhere then 'another bill of the same account goes first'
            when ranked.is_bill and ranked.completeness_order = 1 then 'the vendor''s own bill'
            when ranked.is_bill then 'another bill of the same account goes first'
            when rivals.is_billed then 'a bill covers this month: keys only'
            when rivals.is_outclassed then 'usage is reported for this month: keys only'
            when rivals.is_located_elsewhere then 'another source names the account: keys only'
            when ranked.completeness_order = 1 then 'no bill yet: the most complete usage'
            else 'a more complete source covers this month: keys only'
        end as reason,
        ranked.record_count,
        ranked.tokens,
        ranked.first_day,
        ranked.last_day
    from ranked
    inner join rivals
        on
            ranked.service = rivals.service
            and ranked.account_id is not distinct from rivals.account_id
            and ranked.charge_scope = rivals.charge_scope
            and ranked.billing_month = rivals.billing_month
            and ranked.source_dataset = rivals.source_dataset
)

select * from final
