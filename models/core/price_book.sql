{{ config(materialized='table') }}

with prices as (
    select
        provider,
        model_id,
        meter,
        service_tier,
        context_from,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
        pricing_unit,
        unit_price,
        currency,
        source as price_source
    from {{ ref('list_prices') }}
),

multipliers as (
    select
        * exclude (valid_from, valid_to),
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('tier_multipliers') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

model_classes as (
    select * from {{ ref('model_classes') }}
),

-- Only the models that occur, and those that could take their place: the rest of the list would be
-- joined in vain.
occurring as (
    select distinct
        provider,
        model_id
    from model_names
),

wanted as (
    select * from occurring
    union
    select
        model_classes.provider,
        unnest([model_classes.successor_model_id, model_classes.smaller_model_id]) as model_id
    from model_classes
    semi join occurring
        on
            model_classes.provider = occurring.provider
            and model_classes.model_id = occurring.model_id
),

listed as (
    select prices.*
    from prices
    semi join wanted
        on prices.provider = wanted.provider and prices.model_id = wanted.model_id
),

tier_starts as (
    select
        provider,
        model_id,
        meter,
        service_tier,
        min(valid_from) as starts_on
    from listed
    group by all
),

-- A tier that the list does not price yet follows the standard price by the vendor's published
-- factor. Only tokens are discounted by tier or place; fees per request stay.
derived_tiers as (
    select
        listed.provider,
        listed.model_id,
        listed.meter,
        multipliers.service_tier,
        listed.context_from,
        greatest(listed.valid_from, multipliers.valid_from) as valid_from,
        least(
            listed.valid_to,
            multipliers.valid_to,
            coalesce(tier_starts.starts_on, date '9999-12-31')
        ) as valid_to,
        listed.pricing_unit,
        {{ exact_product(
            'listed.unit_price',
            "if(listed.pricing_unit = '1000000 Tokens', multipliers.multiplier, 1)",
            unit_price_type()
        ) }} as unit_price,
        listed.currency,
        multipliers.source as price_source
    from listed
    inner join multipliers
        on
            listed.provider = multipliers.provider
            and multipliers.inference_geo is null
            and regexp_matches(listed.model_id, coalesce(multipliers.model_pattern, ''))
    left join tier_starts
        on
            listed.provider = tier_starts.provider
            and listed.model_id = tier_starts.model_id
            and listed.meter = tier_starts.meter
            and multipliers.service_tier = tier_starts.service_tier
    where listed.service_tier = 'standard'
),

tiered as (
    select * from listed
    union all by name
    select * from derived_tiers
    where valid_from < valid_to
),

placed as (
    select
        tiered.* replace (
            greatest(tiered.valid_from, multipliers.valid_from) as valid_from,
            least(tiered.valid_to, multipliers.valid_to) as valid_to,
            {{ exact_product(
                'tiered.unit_price',
                "if(tiered.pricing_unit = '1000000 Tokens', multipliers.multiplier, 1)",
                unit_price_type()
            ) }} as unit_price
        ),
        multipliers.inference_geo
    from tiered
    inner join multipliers
        on
            tiered.provider = multipliers.provider
            and multipliers.inference_geo is not null
            and regexp_matches(tiered.model_id, coalesce(multipliers.model_pattern, ''))
),

final as (
    select
        *,
        '' as inference_geo
    from tiered
    union all by name
    select * from placed
    where valid_from < valid_to
)

select
    provider,
    model_id,
    meter,
    service_tier,
    inference_geo,
    context_from,
    valid_from,
    valid_to,
    pricing_unit,
    unit_price,
    currency,
    price_source
from final
