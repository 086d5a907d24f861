-- What is charged for each day, by the account of its sources.
with source_days as (
    select * from {{ ref('billing_source_days') }}
),

source_money as (
    select * from {{ ref('source_money') }}
    where currency is not null
),

final as (
    select
        source_days.service,
        source_days.charge_kind,
        source_days.charged_on,
        source_money.currency,
        source_days.compared_account,
        cast(sum(source_money.amount) as {{ money_type() }}) as amount
    from source_days
    inner join source_money
        on
            source_days.source_dataset = source_money.source_dataset
            and source_days.service = source_money.service
            and source_days.account_id is not distinct from source_money.account_id
            and source_days.charge_kind = source_money.charge_kind
            and source_days.charged_on = source_money.charged_on
    where source_days.is_billing_source
    group by all
)

select * from final
