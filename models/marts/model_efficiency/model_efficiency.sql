{{ config(materialized='table') }}

with measured_usage as (
    select * from {{ ref('measured_usage') }}
    where is_billable
),

dated_prices as (
    select * from {{ ref('dated_prices') }}
    where context_from = 0
),

charge as (
    select * from {{ ref('charge') }}
    where charge_category = 'Usage'
),

model_names as (
    select * from {{ ref('model_names') }}
),

model_classes as (
    select * from {{ ref('model_classes') }}
),

-- What a long prompt costs above the price of a short one.
surcharged as (
    select
        measured_usage.*,
        {{ exact_product(
            'measured_usage.contracted_unit_price - dated_prices.contracted_unit_price',
            'measured_usage.pricing_quantity', money_type()
        ) }} as long_context_surcharge
    from measured_usage
    left join dated_prices
        on
            measured_usage.service = dated_prices.service
            and measured_usage.model = dated_prices.model
            and measured_usage.meter = dated_prices.meter
            and measured_usage.service_tier = dated_prices.service_tier
            and coalesce(measured_usage.inference_geo, '') = dated_prices.inference_geo
            and cast(measured_usage.started_at as date) = dated_prices.priced_on
),

classes as (
    select
        model_names.service,
        coalesce(model_names.model_id, model_names.model) as named_model,
        min(model_classes.model_family) as model_family,
        min(model_classes.model_class) as model_class
    from model_names
    inner join model_classes
        on
            model_names.provider = model_classes.provider
            and model_names.model_id = model_classes.model_id
    group by all
),

facts as (
    select
        cast(date_trunc('month', started_at) as date) as usage_month,
        service,
        named_model as model,
        owned_feature as feature,
        department,
        currency,
        request_count as calls,
        if(
            token_direction = 'Input' and token_cache_action is distinct from 'Read', quantity, 0
        ) as input_tokens,
        if(token_cache_action is not distinct from 'Read', quantity, 0) as cached_tokens,
        if(token_direction = 'Output', quantity, 0) as output_tokens,
        if(service_tier = 'batch' and token_direction is not null, quantity, 0) as batch_tokens,
        if(contracted_cost is null, 1, 0) as unpriced_rows,
        contracted_cost as priced_cost,
        long_context_surcharge,
        cast(0 as {{ money_type() }}) as charged_cost
    from surcharged
    union all
    select
        cast(date_trunc('month', charge_period_start) as date) as usage_month,
        service,
        x_ai_model as model,
        x_feature as feature,
        x_department as department,
        billing_currency as currency,
        0 as calls,
        0 as input_tokens,
        0 as cached_tokens,
        0 as output_tokens,
        0 as batch_tokens,
        0 as unpriced_rows,
        null as priced_cost,
        null as long_context_surcharge,
        effective_cost as charged_cost
    from charge
),

summed as (
    select
        usage_month,
        service,
        model,
        feature,
        department,
        currency,
        cast(sum(calls) as bigint) as calls,
        cast(sum(input_tokens) as {{ quantity_type() }}) as input_tokens,
        cast(sum(cached_tokens) as {{ quantity_type() }}) as cached_tokens,
        cast(sum(output_tokens) as {{ quantity_type() }}) as output_tokens,
        cast(sum(batch_tokens) as {{ quantity_type() }}) as batch_tokens,
        cast(sum(unpriced_rows) as bigint) as unpriced_rows,
        sum(priced_cost) as priced_cost,
        sum(long_context_surcharge) as long_context_surcharge,
        sum(charged_cost) as charged_cost
    from facts
    group by all
),

final as (
    select
        summed.usage_month,
        summed.service,
        summed.model,
        classes.model_family,
        coalesce(classes.model_class, 'unknown') as model_class,
        summed.feature,
        summed.department,
        summed.currency,
        summed.calls,
        summed.input_tokens,
        summed.cached_tokens,
        summed.output_tokens,
        summed.batch_tokens,
        cast(
            summed.cached_tokens / nullif(summed.input_tokens + summed.cached_tokens, 0)
            as decimal(18, 6)
        ) as cache_hit_rate,
        cast(
            summed.output_tokens / nullif(summed.input_tokens + summed.cached_tokens, 0)
            as decimal(18, 6)
        ) as output_per_input,
        cast(
            summed.batch_tokens
            / nullif(summed.input_tokens + summed.cached_tokens + summed.output_tokens, 0)
            as decimal(18, 6)
        ) as batch_share,
        summed.unpriced_rows,
        summed.priced_cost,
        cast(
            if(
                summed.unpriced_rows = 0,
                {{ exact_ratio('summed.priced_cost', 'summed.calls') }},
                null
            ) as decimal(34, 10)
        ) as priced_cost_per_call,
        summed.long_context_surcharge,
        summed.charged_cost
    from summed
    left join classes
        on summed.service = classes.service and summed.model = classes.named_model
)

select * from final
