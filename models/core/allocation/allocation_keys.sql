{{ config(materialized='table') }}

with sourced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('sourced_usage') }}
    where is_billable and not is_billing_source
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
    where charge_scope = 'usage' and charge_category = 'Usage'
),

meters as (
    select * from {{ ref('meters') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind = 'metered' and not is_billing_source
),

used as (
    select
        sourced_usage.*,
        meters.consumed_unit
    from sourced_usage
    left join meters on sourced_usage.meter = meters.meter
),

-- A bill that gives way to another may still say who caused it, such as a report by user. Day by
-- day: what it says of a month cannot be held against days.
billed as (
    select
        bill_lines.*,
        model_names.model_id
    from bill_lines
    inner join source_days
        on {{ source_day_condition(
            'bill_lines', "'metered'", 'bill_lines.period_start', 'source_days'
        ) }}
    left join model_names
        on
            bill_lines.service = model_names.service
            and bill_lines.model = model_names.model
    where bill_lines.period_end <= bill_lines.period_start + interval '1 day'
),

facts as (
    select
        source_dataset,
        service,
        account_id,
        sub_account_id,
        cast(started_at as date) as used_on,
        lower(coalesce(model_id, model)) as model_key,
        meter,
        coalesce(service_tier, 'standard') as service_tier,
        {{ evidence_key('cast(started_at as date)', evidence_of('usage')) }} as evidence_key,
        feature,
        consumed_unit as unit,
        quantity,
        coalesce(price_currency, stated_currency) as currency,
        coalesce(contracted_cost, stated_cost) as usage_cost
    from used
    union all
    select
        source_dataset,
        service,
        account_id,
        sub_account_id,
        cast(period_start as date) as used_on,
        lower(coalesce(model_id, model)) as model_key,
        meter,
        coalesce(service_tier, 'standard') as service_tier,
        {{ evidence_key('cast(period_start as date)', evidence_of('bill')) }} as evidence_key,
        cast(null as varchar) as feature,
        unit,
        quantity,
        currency,
        net_amount as usage_cost
    from billed
),

-- A sum with an unknown cost in it is unknown.
final as (
    select
        source_dataset,
        service,
        account_id,
        sub_account_id,
        used_on,
        model_key,
        meter,
        service_tier,
        evidence_key,
        feature,
        unit,
        cast(
            if(count(quantity) = count(*), sum(quantity), null) as {{ quantity_type() }}
        ) as quantity,
        currency,
        cast(
            if(count(usage_cost) = count(*), sum(usage_cost), null) as {{ money_type() }}
        ) as usage_cost
    from facts
    group by all
)

select * from final
