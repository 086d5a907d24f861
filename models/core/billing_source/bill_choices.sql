{{ config(materialized='table') }}

-- Of several bills of one account the one that is charged, day by day and kind by kind. One row
-- per bill, account, kind and day.
with bill_days as (
    select * from {{ ref('bill_days') }}
),

bill_blocks as (
    select * from {{ ref('bill_blocks') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

placed as (
    select
        bill_days.*,
        bill_blocks.block,
        {{ evidence_rank('datasets') }} as evidence_rank,
        coalesce(datasets.evidence != 'bill', true) as is_report,
        -- A tax is about all kinds of the bill.
        if(
            bill_days.charge_kind = 'adjustments',
            count(*) filter (where bill_days.is_covering) over same_month,
            count(*) filter (where bill_days.is_covering) over same_kind
        ) as days_of_month
    from bill_days
    inner join bill_blocks
        on
            bill_days.service = bill_blocks.service
            and bill_days.charge_kind = bill_blocks.charge_kind
            and bill_days.charged_on = bill_blocks.charged_on
    inner join datasets on bill_days.source_dataset = datasets.source_dataset
    window
        same_month as (
            partition by
                bill_days.source_dataset, bill_days.service, bill_days.account_id,
                bill_days.charge_month
        ),
        same_kind as (
            partition by
                bill_days.source_dataset, bill_days.service, bill_days.account_id,
                bill_days.charge_month, bill_days.charge_kind
        )
),

-- A bill before a report that states money, then the most complete, then the one that is paid
-- (another vendor's bill of the same goods), then the better evidence. A tax or a credit is taken
-- from the bill that the use is taken from.
blocks as (
    select
        service,
        charge_kind,
        block,
        source_dataset,
        account_id,
        compared_account,
        count(*) filter (where is_covering) as covered_days,
        (
            bool_and(is_report),
            -count(*) filter (where is_covering),
            if(charge_kind = 'metered', 0, -max(days_of_month)),
            -sum(tokens),
            bool_and(not is_billed_through),
            min(evidence_rank),
            source_dataset
        ) as place
    from placed
    group by service, charge_kind, block, source_dataset, account_id, compared_account
),

named as (
    select
        service,
        charge_kind,
        block,
        source_dataset,
        count(distinct compared_account) as named_accounts,
        max(covered_days) as covered_days
    from blocks
    group by all
),

-- Of a bill that names no account and one that does, the better counts, unless the other tells
-- several accounts apart and covers as many days.
beaten as (
    select
        candidate.service,
        candidate.charge_kind,
        candidate.block,
        candidate.source_dataset,
        candidate.account_id,
        arg_min(rival.source_dataset, rival.place) as beaten_by
    from blocks as candidate
    inner join blocks as rival
        on
            candidate.service = rival.service
            and candidate.charge_kind = rival.charge_kind
            and candidate.block = rival.block
            and candidate.source_dataset != rival.source_dataset
            and {{ may_be_same_account('candidate', 'rival') }}
    inner join named as candidate_names
        on
            candidate.service = candidate_names.service
            and candidate.charge_kind = candidate_names.charge_kind
            and candidate.block = candidate_names.block
            and candidate.source_dataset = candidate_names.source_dataset
    inner join named as rival_names
        on
            rival.service = rival_names.service
            and rival.charge_kind = rival_names.charge_kind
            and rival.block = rival_names.block
            and rival.source_dataset = rival_names.source_dataset
    where
        case
            when candidate.compared_account is null and rival.compared_account is not null
                then
                    rival.place < candidate.place
                    or (
                        rival_names.named_accounts > 1
                        and rival_names.covered_days >= candidate.covered_days
                    )
            when candidate.compared_account is not null and rival.compared_account is null
                then
                    rival.place < candidate.place
                    and (
                        candidate_names.named_accounts = 1
                        or candidate_names.covered_days < rival.covered_days
                    )
            else rival.place < candidate.place
        end
    group by all
),

final as (
    select
        placed.* exclude (days_of_month, is_report), -- noqa: RF02
        beaten.beaten_by is null as is_chosen,
        beaten.beaten_by
    from placed
    left join beaten
        on
            placed.service = beaten.service
            and placed.charge_kind = beaten.charge_kind
            and placed.block = beaten.block
            and placed.source_dataset = beaten.source_dataset
            and placed.account_id is not distinct from beaten.account_id
)

select * from final -- noqa: AM04
