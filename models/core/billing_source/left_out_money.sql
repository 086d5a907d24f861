-- Money of sources that are not charged, by day, without what unlisted_use tells of it.
with source_days as (
    select * from {{ ref('billing_source_days') }}
),

source_money as (
    select * from {{ ref('source_money') }}
    where currency is not null
),

charged_money as (
    select * from {{ ref('charged_money') }}
),

unlisted as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charged_on,
        currency,
        sum(amount) as amount
    from {{ ref('unlisted_use') }}
    group by all
),

left_out as (
    select
        source_days.*,
        source_money.currency,
        source_money.amount - coalesce(unlisted.amount, 0) as amount
    from source_days
    inner join source_money
        on
            source_days.source_dataset = source_money.source_dataset
            and source_days.service = source_money.service
            and source_days.account_id is not distinct from source_money.account_id
            and source_days.charge_kind = source_money.charge_kind
            and source_days.charged_on = source_money.charged_on
    left join unlisted
        on
            source_money.source_dataset = unlisted.source_dataset
            and source_money.service = unlisted.service
            and source_money.account_id is not distinct from unlisted.account_id
            and source_money.charge_kind = unlisted.charge_kind
            and source_money.charged_on = unlisted.charged_on
            and source_money.currency = unlisted.currency
    where
        not source_days.is_billing_source
        and source_days.evidence != 'activity'
        and source_money.amount != coalesce(unlisted.amount, 0)
),

-- Accounts beside a bill that names none: it may be about any, so they are compared in one.
unnamed_months as (
    select
        left_out.source_dataset,
        left_out.service,
        left_out.account_id,
        left_out.charge_kind,
        left_out.charge_month,
        left_out.currency
    from left_out
    inner join charged_money
        on
            left_out.service = charged_money.service
            and left_out.charge_kind = charged_money.charge_kind
            and left_out.charged_on = charged_money.charged_on
            and left_out.currency = charged_money.currency
            and {{ may_be_same_account('left_out', 'charged_money') }}
    group by all
    having bool_and(charged_money.compared_account is null)
),

final as (
    select
        left_out.source_dataset,
        left_out.service,
        if(unnamed_months.service is null, left_out.account_id, null) as account_id,
        if(unnamed_months.service is null, left_out.compared_account, null) as compared_account,
        left_out.charge_kind,
        left_out.charge_month,
        left_out.charged_on,
        left_out.currency,
        left_out.evidence,
        left_out.is_doubtful,
        bool_or(unnamed_months.service is not null and left_out.compared_account is not null)
            as has_accounts,
        any_value(left_out.reason) as reason,
        cast(sum(left_out.amount) as {{ money_type() }}) as amount
    from left_out
    left join unnamed_months
        on
            left_out.source_dataset = unnamed_months.source_dataset
            and left_out.service = unnamed_months.service
            and left_out.account_id is not distinct from unnamed_months.account_id
            and left_out.charge_kind = unnamed_months.charge_kind
            and left_out.charge_month = unnamed_months.charge_month
            and left_out.currency = unnamed_months.currency
    group by all
)

select * from final
