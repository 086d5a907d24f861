-- Two prices for one key on one day, or a validity that is empty or runs backwards.
with validities as (
    select
        'model_prices' as seed,
        concat_ws(' | ', provider, model_id, meter, service_tier, context_from) as price_key,
        valid_from,
        valid_to
    from {{ ref('model_prices') }}
    union all
    select
        'tier_multipliers' as seed,
        concat_ws(
            ' | ', provider, 'tier', service_tier, 'geo', inference_geo, 'models', model_pattern
        ) as price_key,
        valid_from,
        valid_to
    from {{ ref('tier_multipliers') }}
    union all
    select
        'seat_prices' as seed,
        concat_ws(' | ', service, plan) as price_key,
        valid_from,
        valid_to
    from {{ ref('seat_prices') }}
    union all
    select
        'seat_contracts' as seed,
        concat_ws(' | ', service, 'account', account_id, 'plan', plan) as price_key,
        valid_from,
        valid_to
    from {{ ref('seat_contracts') }}
    union all
    select
        'seat_allowances' as seed,
        concat_ws(' | ', service, plan) as price_key,
        valid_from,
        valid_to
    from {{ ref('seat_allowances') }}
    union all
    select
        'virtual_currencies' as seed,
        concat_ws(' | ', service, unit) as price_key,
        valid_from,
        valid_to
    from {{ ref('virtual_currencies') }}
),

bounded as (
    select
        seed,
        price_key,
        coalesce(valid_from, date '0001-01-01') as starts_on,
        coalesce(valid_to, date '9999-12-31') as ends_before
    from validities
),

followed as (
    select
        *,
        lead(starts_on) over (partition by seed, price_key order by starts_on) as next_starts_on
    from bounded
)

select * from followed
where ends_before <= starts_on or ends_before > next_starts_on
