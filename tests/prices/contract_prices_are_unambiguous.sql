-- Contract rows that state no price or two, name nothing known, or tie with another row.
with contracts as (
    select * from {{ ref('contract_prices') }}
),

counted as (
    select
        *,
        count(*) over (
            partition by provider, model_id, meter, service_tier, valid_from
        ) as rows_of_this_key
    from contracts
),

unknown as (
    select contracts.*
    from contracts
    where not exists (
        select 1
        from {{ ref('model_prices') }} as prices
        where
            prices.provider = contracts.provider
            and prices.model_id = coalesce(contracts.model_id, prices.model_id)
            and prices.meter = coalesce(contracts.meter, prices.meter)
            and prices.service_tier = coalesce(contracts.service_tier, prices.service_tier)
    )
)

select
    contract_id,
    provider,
    'needs exactly one of unit_price and multiplier' as fault
from counted
where (unit_price is null) = (multiplier is null)
union all
select
    contract_id,
    provider,
    'same key and start as another row' as fault
from counted
where rows_of_this_key > 1
union all
select
    contract_id,
    provider,
    'validity is empty or runs backwards' as fault
from counted
where valid_to <= valid_from
union all
select
    contract_id,
    provider,
    'a unit_price needs a meter, whose unit it is for' as fault
from counted
where unit_price is not null and meter is null
union all
select
    contract_id,
    provider,
    'no list price has this provider, model, meter and tier' as fault
from unknown
