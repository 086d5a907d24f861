-- Charged cost by model is all of charge's usage, and priced cost all that the measured logs cost,
-- per month and currency.
with charge as (
    select * from {{ ref('charge') }}
    where charge_category = 'Usage'
),

measured_usage as (
    select * from {{ ref('measured_usage') }}
    where is_billable
),

model_efficiency as (
    select * from {{ ref('model_efficiency') }}
),

expected as (
    select
        cast(date_trunc('month', charge_period_start) as date) as usage_month,
        billing_currency as currency,
        effective_cost as charged_cost,
        cast(0 as {{ money_type() }}) as priced_cost,
        0 as calls
    from charge
    union all
    select
        cast(date_trunc('month', started_at) as date) as usage_month,
        currency,
        0 as charged_cost,
        coalesce(contracted_cost, 0) as priced_cost,
        coalesce(request_count, 0) as calls
    from measured_usage
),

actual as (
    select
        usage_month,
        currency,
        -charged_cost as charged_cost,
        -coalesce(priced_cost, 0) as priced_cost,
        -calls as calls
    from model_efficiency
),

compared as (
    select * from expected
    union all
    select * from actual
),

final as (
    select
        usage_month,
        currency,
        sum(charged_cost) as charged_difference,
        sum(priced_cost) as priced_difference,
        sum(calls) as calls_difference
    from compared
    group by usage_month, currency
    having sum(charged_cost) != 0 or sum(priced_cost) != 0 or sum(calls) != 0
)

select * from final
