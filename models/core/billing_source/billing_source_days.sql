{{ config(materialized='table') }}

-- Which source the money of a day is taken from. One row per source, account, kind and day.
with bill_choices as (
    select * from {{ ref('bill_choices') }}
),

billed_days as (
    select * from {{ ref('billed_days') }}
),

log_days as (
    select * from {{ ref('log_days') }}
),

bills as (
    select
        service,
        charge_kind,
        charge_month,
        charged_on,
        billing_month,
        source_dataset,
        account_id,
        compared_account,
        'bill' as evidence,
        is_chosen as is_billing_source,
        false as is_best_log,
        if(
            is_chosen,
            if(
                is_billed_through,
                'the bill of the vendor that it is paid to',
                'the vendor''s own bill'
            ),
            'another bill of the same account goes first: ' || beaten_by
        ) as reason,
        not is_chosen as is_doubtful
    from bill_choices
),

covered as (
    select
        log_days.service,
        log_days.charge_kind,
        log_days.charged_on,
        log_days.source_dataset,
        log_days.account_id,
        min(billed_days.covered_from) as billed_from,
        max(billed_days.covered_to) as billed_to,
        min(billed_days.billing_month) as billing_month,
        min(billed_days.source_dataset) as billed_by,
        -- Seats are listed and billed by organisation: others than those on the bill are not paid
        -- by it.
        if(
            log_days.charge_kind = 'seats' and bool_and(billed_days.sub_accounts is not null),
            list_distinct(flatten(list(billed_days.sub_accounts))),
            null
        ) as billed_sub_accounts
    from log_days
    inner join billed_days
        on
            log_days.service = billed_days.service
            and log_days.charge_kind = billed_days.charge_kind
            and log_days.charged_on = billed_days.charged_on
            and {{ may_be_same_account('log_days', 'billed_days') }}
    where log_days.evidence_class > 1
    group by
        log_days.service, log_days.charge_kind, log_days.charged_on, log_days.source_dataset,
        log_days.account_id
),

logs as (
    select
        log_days.service,
        log_days.charge_kind,
        log_days.charge_month,
        log_days.charged_on,
        -- Use is compared with the bill of its own days, whatever month that bill is named after.
        coalesce(covered.billing_month, log_days.charge_month) as billing_month,
        log_days.source_dataset,
        log_days.account_id,
        log_days.compared_account,
        log_days.evidence,
        -- A bill that covers a part of the day leaves the rest of it to a log of calls; a total of
        -- the day cannot be divided.
        log_days.is_best
        and (
            covered.billed_by is null
            or (
                log_days.evidence != 'vendor usage report'
                and (
                    covered.billed_from > log_days.charged_on
                    or covered.billed_to < log_days.charged_on + interval 1 day
                )
            )
        ) as is_billing_source,
        log_days.is_best as is_best_log,
        covered.billed_from,
        covered.billed_to,
        covered.billed_sub_accounts,
        case
            when covered.billed_sub_accounts is not null
                then
                    'billed by ' || covered.billed_by || ' for '
                    || array_to_string(list_sort(covered.billed_sub_accounts), ', ')
                    || ': keys only there'
            when covered.billed_by is not null
                then 'billed by ' || covered.billed_by || ': keys only'
            else log_days.reason
        end as reason,
        log_days.is_doubtful and covered.billed_by is null as is_doubtful
    from log_days
    left join covered
        on
            log_days.service = covered.service
            and log_days.charge_kind = covered.charge_kind
            and log_days.charged_on = covered.charged_on
            and log_days.source_dataset = covered.source_dataset
            and log_days.account_id is not distinct from covered.account_id
    where log_days.evidence_class > 1
),

-- A seller that states the charge of each call, told more completely by another export of its own.
other_sellers as (
    select
        service,
        charge_kind,
        charge_month,
        charged_on,
        charge_month as billing_month,
        source_dataset,
        account_id,
        compared_account,
        evidence,
        false as is_billing_source,
        false as is_best_log,
        reason,
        true as is_doubtful
    from log_days
    where evidence_class = 1 and not is_best
),

final as (
    select * from bills
    union all by name
    select * from logs
    union all by name
    select * from other_sellers
)

select * from final
