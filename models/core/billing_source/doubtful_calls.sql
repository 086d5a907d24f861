-- Calls without an id of a log that has some requests of another: one of the other's calls, or
-- not.
with sourced_usage as (
    select * from {{ ref('sourced_usage') }}
),

retold_calls as (
    select * from {{ ref('retold_calls') }}
    where not is_matched
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind = 'metered' and is_billing_source
),

costs as (
    select
        sourced_usage.source_dataset,
        sourced_usage.service,
        sourced_usage.account_id,
        source_days.charge_kind,
        source_days.charge_month,
        source_days.charged_on,
        coalesce(sourced_usage.stated_currency, sourced_usage.price_currency) as currency,
        'calls without an id may be those of ' || retold_calls.told_by || ': keys only' as reason,
        if(
            sourced_usage.stated_currency is not null,
            sourced_usage.stated_cost, sourced_usage.contracted_cost
        ) as amount
    from sourced_usage
    inner join retold_calls
        on
            sourced_usage.source_dataset = retold_calls.source_dataset
            and sourced_usage.service = retold_calls.service
            and sourced_usage.record_id = retold_calls.record_id
    inner join source_days
        on
            {{ source_day_condition(
                'sourced_usage', "'metered'", 'sourced_usage.started_at', 'source_days'
            ) }}
    where sourced_usage.is_billable
),

final as (
    select
        * exclude (amount),
        cast(sum(amount) as {{ money_type() }}) as amount
    from costs
    where currency is not null
    group by all
    having sum(amount) != 0
)

select * from final
