-- Rows that lack a value without which they cannot be found or used.
select
    'model_prices' as seed,
    concat_ws(' | ', provider, model_id, meter) as price_key
from {{ ref('model_prices') }}
where
    provider is null or model_id is null or meter is null or service_tier is null
    or context_from is null or pricing_unit is null or unit_price is null or currency is null
union all
select
    'model_matches' as seed,
    concat_ws(' | ', provider, model_id, pattern) as price_key
from {{ ref('model_matches') }}
where
    provider is null or model_id is null or rule_order is null
    or match_kind is null or pattern is null
union all
select
    'provider_fallbacks' as seed,
    concat_ws(' | ', provider, fallback_provider) as price_key
from {{ ref('provider_fallbacks') }}
where provider is null or fallback_order is null or fallback_provider is null
union all
select
    'tier_multipliers' as seed,
    concat_ws(' | ', provider, service_tier, inference_geo, model_pattern) as price_key
from {{ ref('tier_multipliers') }}
where
    provider is null or multiplier is null
    or (service_tier is null) = (inference_geo is null)
union all
select
    'seat_prices' as seed,
    concat_ws(' | ', service, plan) as price_key
from {{ ref('seat_prices') }}
where
    service is null or plan is null or pricing_unit is null
    or unit_price is null or currency is null
union all
-- A year that is paid at once has a first day; a price has a currency, and no factor beside it.
select
    'seat_contracts' as seed,
    concat_ws(' | ', service, account_id, plan) as price_key
from {{ ref('seat_contracts') }}
where
    service is null or plan is null or billing_term is null or contract_id is null
    or (billing_term = 'annual') = (term_starts_on is null)
    or (billing_term = 'annual' and coalesce(valid_from < term_starts_on, true))
    or (unit_price is null) != (currency is null)
    or (unit_price is not null and multiplier is not null)
union all
select
    'seat_allowances' as seed,
    concat_ws(' | ', service, plan) as price_key
from {{ ref('seat_allowances') }}
where service is null or plan is null or unit is null or quantity is null
union all
select
    'virtual_currencies' as seed,
    concat_ws(' | ', service, unit) as price_key
from {{ ref('virtual_currencies') }}
where
    service is null or unit is null or virtual_currency is null
    or (unit_price is null) != (currency is null)
