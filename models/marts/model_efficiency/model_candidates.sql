{{ config(materialized='table') }}

with measured_usage as (
    select * from {{ ref('measured_usage') }}
    where quantity > 0
),

alternative_prices as (
    select * from {{ ref('alternative_prices') }}
    where alternative not in ('uncached', 'cache read')
),

cached_prices as (
    select * from {{ ref('alternative_prices') }}
    where alternative = 'cache read'
),

rules as (
    select * from {{ ref('class_rules') }}
    where finding = 'batchable at full price'
),

features_that_can_wait as (
    select distinct feature from rules
),

-- The real calls, once more at the price of each alternative.
repriced as (
    select
        measured_usage.*,
        alternative_prices.alternative,
        alternative_prices.alternative_model_id,
        alternative_prices.alternative_tier,
        {{ exact_product(
            'alternative_prices.contracted_unit_price', 'measured_usage.pricing_quantity',
            money_type()
        ) }} as alternative_cost
    from measured_usage
    inner join alternative_prices
        on
            {{ price_condition(
                'measured_usage', 'measured_usage.started_at', 'alternative_prices'
            ) }}
),

-- What could be read from a cache is at most as long as the prompt before it in the session.
followed as (
    select
        *,
        lag(context_tokens) over same_session as previous_context,
        lag(started_at) over same_session as previous_at
    from measured_usage
    where
        meter = 'input_tokens'
        and is_call
        and session_id is not null
        and context_tokens is not null
        and contracted_cost is not null
    window same_session as (
        partition by source_dataset, service, session_id, model, service_tier
        order by started_at asc, record_id asc
    )
),

cacheable as (
    select
        followed.*,
        'prompt cache' as alternative,
        followed.named_model as alternative_model_id,
        followed.service_tier as alternative_tier,
        least(followed.quantity, followed.previous_context) as cacheable_tokens,
        cached_prices.contracted_unit_price as cached_unit_price
    from followed
    inner join cached_prices
        on {{ price_condition('followed', 'followed.started_at', 'cached_prices') }}
    where
        followed.previous_at >= followed.started_at - interval '5 minutes'
        and cached_prices.contracted_unit_price < followed.contracted_unit_price
),

priced as (
    select * from repriced
    union all by name
    select
        * exclude (previous_context, previous_at, cacheable_tokens, cached_unit_price),
        contracted_cost - {{ exact_product(
            'contracted_unit_price - cached_unit_price',
            pricing_quantity_of('cacheable_tokens', 'pricing_unit'),
            money_type()
        ) }} as alternative_cost
    from cacheable
),

offers as (
    select
        priced.*,
        case
            when priced.alternative in ('batch', 'flex')
                then features_that_can_wait.feature is not null
            when priced.alternative = 'smaller model'
                then
                    priced.is_call
                    and priced.context_tokens <= {{ var('candidate_short_input') }}
            else priced.alternative = 'successor'
        end as is_sure
    from priced
    left join features_that_can_wait on priced.owned_feature = features_that_can_wait.feature
),

used as (
    select
        billing_month,
        service,
        named_model as model,
        service_tier,
        owned_feature as feature,
        department,
        is_billable,
        count(*) as usage_rows,
        sum(request_count) as calls
    from measured_usage
    group by all
),

offered as (
    select
        billing_month,
        service,
        named_model as model,
        service_tier,
        owned_feature as feature,
        department,
        is_billable,
        alternative,
        alternative_model_id as alternative_model,
        alternative_tier,
        price_currency as currency,
        count(*) as usage_rows,
        sum(request_count) as offered_calls,
        sum(contracted_cost) as current_cost,
        sum(alternative_cost) as alternative_cost,
        coalesce(
            sum(contracted_cost - alternative_cost) filter (where is_sure), 0
        ) as sure_gain
    from offers
    group by all
),

-- Something that has no price at the alternative could cost anything there: no candidate. Caching
-- leaves all other tokens as they are.
final as (
    select
        md5(concat_ws(
            chr(31), offered.billing_month, offered.service, offered.service_tier,
            offered.department, offered.is_billable, offered.alternative,
            offered.alternative_model, offered.alternative_tier, offered.currency,
            coalesce(offered.model, chr(30)), coalesce(offered.feature, chr(30))
        )) as candidate_id,
        offered.billing_month as usage_month,
        offered.service,
        offered.model,
        offered.service_tier,
        offered.feature,
        offered.department,
        offered.currency,
        offered.alternative,
        offered.alternative_model,
        offered.alternative_tier,
        if(offered.is_billable, 'money', 'headroom') as gain_kind,
        offered.alternative in ('smaller model', 'successor') as is_test_first,
        cast(used.calls as bigint) as calls,
        cast(offered.current_cost as {{ money_type() }}) as current_cost,
        cast(offered.alternative_cost as {{ money_type() }}) as alternative_cost,
        cast(least(
            greatest(offered.sure_gain, 0), offered.current_cost - offered.alternative_cost
        ) as {{ money_type() }}) as low_gain,
        cast(offered.current_cost - offered.alternative_cost as {{ money_type() }}) as high_gain
    from offered
    inner join used
        on
            offered.billing_month = used.billing_month
            and offered.service = used.service
            and offered.model is not distinct from used.model
            and offered.service_tier = used.service_tier
            and offered.feature is not distinct from used.feature
            and offered.department = used.department
            and offered.is_billable = used.is_billable
    where
        (offered.usage_rows = used.usage_rows or offered.alternative = 'prompt cache')
        and used.calls >= {{ var('candidate_minimum_calls') }}
        and offered.current_cost - offered.alternative_cost
        >= cast('{{ var("candidate_minimum_gain") }}' as {{ money_type() }})
)

select * from final
