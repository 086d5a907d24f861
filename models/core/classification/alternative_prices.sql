{{ config(materialized='table') }}

with dated_prices as (
    select * from {{ ref('dated_prices') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

meters as (
    select * from {{ ref('meters') }}
),

model_classes as (
    select * from {{ ref('model_classes') }}
),

price_book as (
    select * from {{ ref('price_book') }}
),

contract_prices as (
    select * from {{ ref('contract_prices') }}
),

priced as (
    select
        dated_prices.service,
        dated_prices.model,
        dated_prices.meter,
        dated_prices.service_tier,
        dated_prices.inference_geo,
        dated_prices.priced_on,
        dated_prices.context_from,
        dated_prices.context_to,
        dated_prices.price_provider,
        dated_prices.model_id as priced_model_id,
        dated_prices.pricing_unit as priced_unit,
        dated_prices.price_currency as priced_currency,
        model_names.provider,
        coalesce(meters.token_cache_action in ('Read', 'Write'), false) as is_cache
    from dated_prices
    inner join model_names
        on dated_prices.service = model_names.service and dated_prices.model = model_names.model
    left join meters on dated_prices.meter = meters.meter
),

tiers as (
    select unnest(['batch', 'flex']) as offered_tier
),

others as (
    select
        provider,
        model_id,
        'successor' as alternative,
        successor_model_id as alternative_model_id
    from model_classes
    union all
    select
        provider,
        model_id,
        'smaller model' as alternative,
        smaller_model_id as alternative_model_id
    from model_classes
),

-- What the same tokens could have been bought as.
wanted as (
    select
        priced.*,
        'uncached' as alternative,
        priced.priced_model_id as alternative_model_id,
        'input_tokens' as alternative_meter,
        priced.service_tier as alternative_tier
    from priced
    where priced.is_cache
    union all
    select
        priced.*,
        'cache read' as alternative,
        priced.priced_model_id as alternative_model_id,
        'cache_read_tokens' as alternative_meter,
        priced.service_tier as alternative_tier
    from priced
    where priced.meter = 'input_tokens'
    union all
    select
        priced.*,
        tiers.offered_tier as alternative,
        priced.priced_model_id as alternative_model_id,
        priced.meter as alternative_meter,
        tiers.offered_tier as alternative_tier
    from priced
    cross join tiers
    where priced.service_tier = 'standard'
    union all
    select
        priced.*,
        others.alternative,
        others.alternative_model_id,
        priced.meter as alternative_meter,
        priced.service_tier as alternative_tier
    from priced
    inner join others
        on
            priced.provider = others.provider
            and priced.priced_model_id = others.model_id
),

matched as (
    select
        wanted.*,
        price_book.context_from as offered_from,
        price_book.unit_price as list_unit_price,
        price_book.currency as price_currency
    from wanted
    inner join price_book
        on
            wanted.provider = price_book.provider
            and wanted.alternative_model_id = price_book.model_id
            and wanted.alternative_meter = price_book.meter
            and wanted.alternative_tier = price_book.service_tier
            and wanted.priced_on >= price_book.valid_from
            and wanted.priced_on < price_book.valid_to
            and price_book.inference_geo in (wanted.inference_geo, '')
            and wanted.priced_unit = price_book.pricing_unit
            and wanted.priced_currency = price_book.currency
    where wanted.provider = wanted.price_provider or wanted.alternative_tier = 'standard'
    qualify
        dense_rank() over (
            partition by
                wanted.service, wanted.model, wanted.meter, wanted.service_tier,
                wanted.inference_geo, wanted.priced_on, wanted.context_from, wanted.alternative
            order by price_book.inference_geo desc
        ) = 1
),

banded as (
    select
        *,
        coalesce(
            lead(offered_from) over (
                partition by
                    service, model, meter, service_tier, inference_geo, priced_on, context_from,
                    alternative
                order by offered_from asc
            ),
            9223372036854775807
        ) as offered_to
    from matched
),

-- A band of the alternative's prices may end inside a band of the price paid.
listed as (
    select
        * replace (
            greatest(context_from, offered_from) as context_from,
            least(context_to, offered_to) as context_to
        )
    from banded
    where greatest(context_from, offered_from) < least(context_to, offered_to)
),

-- Terms are those of what would be bought.
offered as (
    select
        * exclude (meter, service_tier),
        meter as priced_meter,
        service_tier as priced_tier,
        alternative_model_id as model_id,
        alternative_meter as meter,
        alternative_tier as service_tier
    from listed
),

contracted as (
    {{ contracted_prices('offered', [
        'service', 'model', 'priced_meter', 'priced_tier', 'inference_geo', 'priced_on',
        'context_from', 'alternative',
    ]) }}
),

final as (
    select
        service,
        model,
        priced_meter as meter,
        priced_tier as service_tier,
        inference_geo,
        priced_on,
        context_from,
        context_to,
        alternative,
        model_id as alternative_model_id,
        meter as alternative_meter,
        service_tier as alternative_tier,
        list_unit_price,
        contracted_unit_price,
        price_currency
    from contracted
    where term_order = 1
)

select * from final
