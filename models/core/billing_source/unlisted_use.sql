-- Use of projects, workspaces or linked accounts that no bill of the day names, though each line
-- of these bills names one: it was used beside what the bills are about, such as costs that were
-- pulled for one project.
with sourced_usage as (
    select * from {{ ref('sourced_usage') }}
    where sub_account_id is not null and is_billable and is_best_log and not is_billing_source
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind = 'metered' and not is_billing_source and evidence != 'activity'
),

billed_days as (
    select * from {{ ref('billed_days') }}
    where charge_kind = 'metered'
),

-- What all bills together name on a day; null where one of them does not say it of each line.
named as (
    select
        source_days.source_dataset,
        source_days.service,
        source_days.account_id,
        source_days.charge_kind,
        source_days.charge_month,
        source_days.charged_on,
        min(billed_days.source_dataset) as billed_by,
        list_distinct(flatten(list(billed_days.sub_accounts))) as sub_accounts
    from source_days
    inner join billed_days
        on
            source_days.service = billed_days.service
            and source_days.charge_kind = billed_days.charge_kind
            and source_days.charged_on = billed_days.charged_on
            and {{ may_be_same_account('source_days', 'billed_days') }}
    group by
        source_days.source_dataset, source_days.service, source_days.account_id,
        source_days.charge_kind, source_days.charge_month, source_days.charged_on
    having bool_and(billed_days.sub_accounts is not null)
),

costs as (
    select
        named.source_dataset,
        named.service,
        named.account_id,
        named.charge_kind,
        named.charge_month,
        named.charged_on,
        coalesce(sourced_usage.stated_currency, sourced_usage.price_currency) as currency,
        'not on the bill ' || named.billed_by || ', which names others on each line: '
        || {{ hide_email('sourced_usage.sub_account_id') }} as reason,
        if(
            sourced_usage.stated_currency is not null,
            sourced_usage.stated_cost, sourced_usage.contracted_cost
        ) as amount
    from sourced_usage
    inner join named
        on {{ source_day_condition(
            'sourced_usage', "'metered'", 'sourced_usage.started_at', 'named'
        ) }}
    where
        not list_contains(
            named.sub_accounts, {{ compared_account('sourced_usage.sub_account_id') }}
        )
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
