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

-- A name may say its own price: -fast is the fast tier of its model, :free is free.
named as (
    select
        wanted.*,
        model_names.price_provider,
        model_names.provider as list_provider,
        model_names.model_id as list_model_id,
        model_names.name_tier,
        case
            when model_names.name_tier is null or wanted.service_tier = model_names.name_tier
                then wanted.service_tier
            when wanted.service_tier = 'standard' then model_names.name_tier
        end as priced_tier
    from wanted
    inner join model_names
        on
            wanted.service = model_names.service
            and wanted.model = model_names.model
),

listed as (
    select
        named.*,
        price_book.provider,
        price_book.model_id,
        price_book.context_from,
        price_book.valid_from,
        price_book.pricing_unit,
        price_book.unit_price as list_unit_price,
        price_book.currency as price_currency,
        price_book.price_source,
        price_book.inference_geo as priced_geo
    from named
    inner join price_book
        on
            named.list_provider = price_book.provider
            and named.list_model_id = price_book.model_id
            and named.meter = price_book.meter
            and named.priced_tier = price_book.service_tier
            and named.priced_on >= price_book.valid_from
            and named.priced_on < price_book.valid_to
            -- A place without a price of its own costs what the vendor lists without a place.
            and price_book.inference_geo in (named.inference_geo, '')
    -- A model that is only resold has the standard tier alone.
    where
        coalesce(named.name_tier, '') != 'free'
        and (named.list_provider = named.price_provider or named.priced_tier = 'standard')
    qualify
        dense_rank() over (
            partition by
                named.service, named.model, named.meter, named.service_tier,
                named.inference_geo, named.priced_on
            order by price_book.inference_geo desc
        ) = 1
),

-- Free by its name, whatever the list says of the model that has to be paid.
free_by_name as (
    select
        * exclude (list_provider, list_model_id) replace (
            coalesce(price_provider, service) as price_provider
        ),
        lower(model) as model_id,
        0 as context_from,
        date '1900-01-01' as valid_from,
        '1000000 Tokens' as pricing_unit,
        cast(0 as {{ unit_price_type() }}) as list_unit_price,
        'USD' as price_currency,
        'free by its name (:free)' as price_source,
        '' as priced_geo
    from named
    where name_tier = 'free' and ends_with(meter, '_tokens')
),

priced as (
    select * exclude (list_provider, list_model_id) from listed
    union all by name
    select * from free_by_name
),

banded as (
    select
        * exclude (priced_tier) replace (coalesce(priced_tier, service_tier) as service_tier),
        service_tier as stated_tier,
        coalesce(
            lead(context_from) over (
                partition by service, model, meter, service_tier, inference_geo, priced_on
                order by context_from
            ),
            9223372036854775807
        ) as context_to
    from priced
),

-- The company's own terms: the most specific in force, then the latest.
contracted as (
    {{ contracted_prices('banded', [
        'service', 'model', 'meter', 'stated_tier', 'service_tier', 'inference_geo', 'priced_on',
        'context_from',
    ]) }}
),

final as (
    select
        service,
        model,
        meter,
        stated_tier as service_tier,
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
