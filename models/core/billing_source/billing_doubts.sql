{{ config(materialized='table') }}

-- Money of sources that are not charged and that might be no second account of what is: one row per
-- source, account, kind, month, kind of doubt and currency.
with source_days as (
    select * from {{ ref('billing_source_days') }}
),

source_money as (
    select * from {{ ref('source_money') }}
    where currency is not null
),

money_days as (
    select
        source_days.*,
        source_money.currency,
        source_money.amount
    from source_days
    inner join source_money
        on
            source_days.source_dataset = source_money.source_dataset
            and source_days.service = source_money.service
            and source_days.account_id is not distinct from source_money.account_id
            and source_days.charge_kind = source_money.charge_kind
            and source_days.charged_on = source_money.charged_on
),

doubtful_calls as (
    select * from {{ ref('doubtful_calls') }}
),

charged as (
    select * from money_days
    where is_billing_source
),

charged_days as (
    select
        service,
        charge_kind,
        charged_on,
        currency,
        compared_account,
        string_agg(distinct source_dataset, ', ') as charged_from,
        sum(amount) as amount
    from charged
    group by all
),

left_out as (
    select * from money_days
    where not is_billing_source and evidence != 'activity' and amount != 0
),

-- A day that is billed is compared with all of the bill's accounts that it may be about.
compared as (
    select
        left_out.source_dataset,
        left_out.service,
        left_out.account_id,
        left_out.charge_kind,
        left_out.charge_month,
        left_out.charged_on,
        left_out.currency,
        case
            when left_out.evidence = 'bill' then 'two bills'
            when left_out.is_doubtful then 'overlap unclear'
            when
                bool_or(
                    (left_out.compared_account is null)
                    != (charged_days.compared_account is null)
                )
                then 'account unknown'
            else 'more than charged'
        end as doubt,
        any_value(left_out.reason) as reason,
        any_value(left_out.amount) as amount,
        coalesce(sum(charged_days.amount), 0) as charged_amount
    from left_out
    left join charged_days
        on
            left_out.service = charged_days.service
            and left_out.charge_kind = charged_days.charge_kind
            and left_out.charged_on = charged_days.charged_on
            and left_out.currency = charged_days.currency
            and {{ may_be_same_account('left_out', 'charged_days') }}
    group by
        left_out.source_dataset, left_out.service, left_out.account_id, left_out.charge_kind,
        left_out.charge_month, left_out.charged_on, left_out.currency, left_out.evidence,
        left_out.is_doubtful
),

doubted as (
    select * from compared
    union all by name
    select
        *,
        'overlap unclear' as doubt,
        0 as charged_amount
    from doubtful_calls
),

months as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charge_month,
        currency,
        doubt,
        min(charged_on) as first_day,
        max(charged_on) as last_day,
        arg_min(reason, charged_on) as reason,
        cast(sum(amount) as {{ money_type() }}) as amount,
        cast(sum(charged_amount) as {{ money_type() }}) as charged_amount
    from doubted
    group by all
),

final as (
    select
        *,
        -- Two that may see different calls: all of the one left out. Else what it has more.
        cast(
            if(doubt = 'overlap unclear', amount, greatest(amount - charged_amount, 0))
            as {{ money_type() }}
        ) as amount_at_stake
    from months
    where doubt = 'overlap unclear' or amount > charged_amount
)

select * from final
