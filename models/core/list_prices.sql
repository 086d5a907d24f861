with listed as (
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
        source
    from {{ ref('model_prices') }}
),

corrections as (
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
        source
    from {{ ref('price_corrections') }}
),

-- A correction takes the place of what the list says of the same article, at all times: it states
-- all prices that the article has had.
final as (
    select listed.*
    from listed
    anti join corrections
        on
            listed.provider = corrections.provider
            and listed.model_id = corrections.model_id
            and listed.meter = corrections.meter
            and listed.service_tier = corrections.service_tier
            and listed.context_from = corrections.context_from
    union all by name
    select * from corrections
    where unit_price is not null
)

select * from final
