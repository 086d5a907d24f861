{{ config(materialized='table') }}

with usage as (
    select * from {{ ref('usage') }}
),

bill_lines as (
    select * from {{ ref('measured_bill_lines') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

price_book as (
    select * from {{ ref('price_book') }}
),

contract_prices as (
    select * from {{ ref('contract_prices') }}
),

-- Everything that needs a price, once: a day has few distinct ones, however many calls it has.
wanted as (
    select
        service,
        model,
        meter,
        service_tier,
        coalesce(inference_geo, '') as inference_geo,
        cast(started_at as date) as priced_on
    from usage
    where model is not null and meter != 'requests'
    union
    select
        service,
        model,
        meter,
        service_tier,
        coalesce(inference_geo, '') as inference_geo,
        cast(period_start as date) as priced_on
    from bill_lines
    where model is not null and meter is not null
),

listed as (
    select
        wanted.*,
        model_names.price_provider,
        price_book.provider,
        price_book.model_id,
        price_book.context_from,
        price_book.valid_from,
        price_book.pricing_unit,
        price_book.unit_price as list_unit_price,
        price_book.currency as price_currency,
        price_book.price_source,
        price_book.inference_geo as priced_geo
    from wanted
    inner join model_names
        on
            wanted.service = model_names.service
            and wanted.model = model_names.model
    inner join price_book
        on
            model_names.provider = price_book.provider
            and model_names.model_id = price_book.model_id
            and wanted.meter = price_book.meter
            and wanted.service_tier = price_book.service_tier
            and wanted.priced_on >= price_book.valid_from
            and wanted.priced_on < price_book.valid_to
            -- A place without a price of its own costs what the vendor lists without a place.
            and price_book.inference_geo in (wanted.inference_geo, '')
    -- A model that is only resold has the standard tier alone.
    where model_names.provider = model_names.price_provider or wanted.service_tier = 'standard'
    qualify
        dense_rank() over (
            partition by
                wanted.service, wanted.model, wanted.meter, wanted.service_tier,
                wanted.inference_geo, wanted.priced_on
            order by price_book.inference_geo desc
        ) = 1
),

banded as (
    select
        *,
        coalesce(
            lead(context_from) over (
                partition by service, model, meter, service_tier, inference_geo, priced_on
                order by context_from
            ),
            9223372036854775807
        ) as context_to
    from listed
),

-- The company's own terms: the most specific in force, then the latest.
contracted as (
    {{ contracted_prices('banded', [
        'service', 'model', 'meter', 'service_tier', 'inference_geo', 'priced_on', 'context_from',
    ]) }}
),

final as (
    select
        service,
        model,
        meter,
        service_tier,
        inference_geo,
        priced_on,
        context_from,
        context_to,
        price_provider,
        model_id,
        pricing_unit,
        list_unit_price,
        contracted_unit_price,
        price_currency,
        price_source,
        contract_id,
        price_provider || '/' || model_id || '/' || meter as sku_id,
        price_provider || '/' || model_id || '/' || meter || '/' || service_tier
        || if(context_from > 0, '/over-' || (context_from - 1) || '-tokens', '')
        || if(priced_geo != '', '/' || priced_geo, '')
        || if(valid_from > date '1900-01-01', '@' || valid_from, '') as sku_price_id
    from contracted
    where term_order = 1
)

select * from final
