-- Rows that lack a value without which they cannot be found or used.
select 'model_prices' as seed, provider, model_id as detail
from {{ ref('model_prices') }}
where
    provider is null or model_id is null or meter is null or service_tier is null
    or context_from is null or pricing_unit is null or unit_price is null or currency is null
union all
select 'model_matches' as seed, provider, model_id as detail
from {{ ref('model_matches') }}
where
    provider is null or model_id is null or rule_order is null
    or match_kind is null or pattern is null
union all
select 'provider_fallbacks' as seed, provider, fallback_provider as detail
from {{ ref('provider_fallbacks') }}
where provider is null or fallback_order is null or fallback_provider is null
union all
select 'tier_multipliers' as seed, provider, source as detail
from {{ ref('tier_multipliers') }}
where
    provider is null or multiplier is null
    or (service_tier is null) = (inference_geo is null)
union all
select 'seat_prices' as seed, service as provider, plan as detail
from {{ ref('seat_prices') }}
where
    service is null or plan is null or pricing_unit is null
    or unit_price is null or currency is null
