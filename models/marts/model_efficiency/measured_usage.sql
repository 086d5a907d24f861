with sourced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('sourced_usage') }}
    where not coalesce(is_cache_hit, false) and not coalesce({{ is_failed('status') }}, false)
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind = 'metered'
),

attribution as (
    select * from {{ ref('attribution') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

model_classes as (
    select * from {{ ref('model_classes') }}
),

meters as (
    select * from {{ ref('meters') }}
),

-- The log that is held against the bill, or carries the money itself; where there is none, the bill
-- that tells usage. Of two that tell the same calls only one.
logged as (
    select distinct
        service,
        charge_month
    from source_days
    where is_best_log
),

chosen as (
    select
        sourced_usage.*,
        cast(date_trunc('month', sourced_usage.started_at) as date) as charge_month
    from sourced_usage
    left join logged
        on
            sourced_usage.service = logged.service
            and date_trunc('month', sourced_usage.started_at) = logged.charge_month
    where
        sourced_usage.is_best_log
        or (sourced_usage.is_billing_source and logged.service is null)
),

keyed as (
    select
        *,
        {{ evidence_key('cast(started_at as date)', evidence_of('usage')) }} as evidence_key
    from chosen
),

final as (
    select
        keyed.usage_id,
        keyed.record_id,
        keyed.source_dataset,
        keyed.service,
        keyed.session_id,
        keyed.started_at,
        keyed.model,
        keyed.meter,
        keyed.service_tier,
        keyed.inference_geo,
        keyed.context_tokens,
        keyed.quantity,
        keyed.request_count,
        keyed.pricing_unit,
        keyed.pricing_quantity,
        keyed.contracted_unit_price,
        keyed.contracted_cost,
        keyed.price_currency,
        keyed.is_billable,
        keyed.charge_month as billing_month,
        coalesce(keyed.model_id, keyed.model) as named_model,
        coalesce(keyed.price_currency, keyed.stated_currency) as currency,
        coalesce(keyed.feature, attribution.ruled_feature) as owned_feature,
        attribution.department_name as department,
        model_classes.model_family,
        coalesce(model_classes.model_class, 'unknown') as model_class,
        meters.token_direction,
        meters.token_cache_action,
        {{ is_one_call() }} as is_call
    from keyed
    inner join attribution on keyed.evidence_key = attribution.evidence_key
    left join model_names
        on keyed.service = model_names.service and keyed.model = model_names.model
    left join model_classes
        on
            model_names.provider = model_classes.provider
            and model_names.model_id = model_classes.model_id
    left join meters on keyed.meter = meters.meter
)

select * from final
