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

ranked as (
    select
        sources.*,
        datasets.evidence,
        datasets.evidence = 'bill' as is_bill,
        row_number() over (
            partition by
                sources.service,
                sources.account_id,
                sources.charge_scope,
                sources.billing_month,
                datasets.evidence = 'bill'
            -- Of several bills or several logs: the most complete, then the better evidence.
            order by sources.tokens desc, datasets.evidence_rank asc, sources.source_dataset asc
        ) as completeness_order
    from sources
    inner join datasets on sources.source_dataset = datasets.source_dataset
),

-- A source that does not say which of the vendor's accounts it saw may describe any of them.
rivals as (
    select
        candidate.service,
        candidate.account_id,
        candidate.charge_scope,
        candidate.billing_month,
        candidate.source_dataset,
        coalesce(bool_or(
            rival.is_bill
            and (
                rival.account_id is null
                or candidate.account_id is null
                or rival.account_id = candidate.account_id
            )
        ), false) as is_billed,
        coalesce(bool_or(
            not rival.is_bill and candidate.account_id is null and rival.account_id is not null
        ), false) as is_located_elsewhere
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
        case
            when ranked.is_bill then ranked.completeness_order = 1
            else
                not rivals.is_billed
                and not rivals.is_located_elsewhere
                and ranked.completeness_order = 1
        end as carries_money,
        case
            when ranked.is_bill and ranked.completeness_order = 1 then 'the vendor''s own bill'
            when ranked.is_bill then 'another bill of the same account goes first'
            when rivals.is_billed then 'a bill covers this month: keys only'
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
