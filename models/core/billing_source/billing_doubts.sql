{{ config(materialized='table') }}

-- Money of sources that are not charged and that might be no second account of what is: one row
-- per source, account, kind, month, kind of doubt and currency.
with left_out_money as (
    select * from {{ ref('left_out_money') }}
),

charged_money as (
    select * from {{ ref('charged_money') }}
),

doubtful_calls as (
    select * from {{ ref('doubtful_calls') }}
),

unlisted_use as (
    select * from {{ ref('unlisted_use') }}
),

-- A day that is billed is compared with all of the bill's accounts that it may be about.
compared as (
    select
        left_out_money.source_dataset,
        left_out_money.service,
        left_out_money.account_id,
        left_out_money.charge_kind,
        left_out_money.charge_month,
        left_out_money.charged_on,
        left_out_money.currency,
        case
            when left_out_money.evidence = 'bill' then 'two bills'
            when left_out_money.is_doubtful then 'overlap unclear'
            when
                bool_or(
                    left_out_money.has_accounts
                    or (left_out_money.compared_account is null)
                    != (charged_money.compared_account is null)
                )
                then 'account unknown'
            else 'more than charged'
        end as doubt,
        any_value(left_out_money.reason) as reason,
        any_value(left_out_money.amount) as amount,
        coalesce(sum(charged_money.amount), 0) as charged_amount
    from left_out_money
    left join charged_money
        on
            left_out_money.service = charged_money.service
            and left_out_money.charge_kind = charged_money.charge_kind
            and left_out_money.charged_on = charged_money.charged_on
            and left_out_money.currency = charged_money.currency
            and {{ may_be_same_account('left_out_money', 'charged_money') }}
    group by
        left_out_money.source_dataset, left_out_money.service, left_out_money.account_id,
        left_out_money.charge_kind, left_out_money.charge_month, left_out_money.charged_on,
        left_out_money.currency, left_out_money.evidence, left_out_money.is_doubtful
),

-- Seats that are billed on one day of a month are of all the days on which a list has them.
named as (
    select
        * replace (
            if(
                charge_kind = 'seats'
                and doubt = 'more than charged'
                and bool_or(doubt = 'account unknown') over same_month,
                'account unknown', doubt
            ) as doubt
        )
    from compared
    window
        same_month as (
            partition by
                source_dataset, service, account_id, charge_kind, charge_month, currency
        )
),

doubted as (
    select * from named
    union all by name
    select
        *,
        'overlap unclear' as doubt,
        0 as charged_amount
    from doubtful_calls
    union all by name
    select
        *,
        'not on the bill' as doubt,
        0 as charged_amount
    from unlisted_use
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
