with priced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('priced_usage') }}
    where is_billable and service_tier = 'standard'
),

attribution as (
    select * from {{ ref('attribution') }}
),

alternative_prices as (
    select * from {{ ref('alternative_prices') }}
    where alternative = 'batch'
),

rules as (
    select * from {{ ref('class_rules') }}
    where finding = 'batchable at full price'
),

-- No log says that nobody waits for an answer: the company does, feature by feature.
features as (
    select distinct feature from rules
),

keyed as (
    select
        *,
        {{ evidence_key('cast(started_at as date)', evidence_of('usage')) }} as evidence_key
    from priced_usage
),

final as (
    select
        keyed.usage_id,
        'batchable at full price' as finding,
        alternative_prices.contracted_unit_price as needed_unit_price,
        keyed.record_id as evidence
    from keyed
    inner join attribution on keyed.evidence_key = attribution.evidence_key
    inner join features on coalesce(keyed.feature, attribution.ruled_feature) = features.feature
    inner join alternative_prices
        on {{ price_condition('keyed', 'keyed.started_at', 'alternative_prices') }}
    where alternative_prices.contracted_unit_price < keyed.contracted_unit_price
)

select * from final
