with priced_usage as (
    select * from {{ ref('priced_usage') }}
    where is_billable and {{ is_one_call() }}
),

meters as (
    select * from {{ ref('meters') }}
    where token_cache_action in ('Read', 'Write')
),

alternative_prices as (
    select * from {{ ref('alternative_prices') }}
    where alternative = 'uncached'
),

-- Whose prompts begin alike no log says: any later read of the same model with the same key may be
-- of this cache, and clears it.
cached as (
    select
        priced_usage.*,
        meters.token_cache_action,
        if(
            priced_usage.meter = 'cache_write_1h_tokens', interval '1 hour', interval '5 minutes'
        ) as lifetime,
        md5(concat_ws(
            chr(31), priced_usage.source_dataset, priced_usage.service,
            coalesce(priced_usage.account_id, chr(30)),
            coalesce(priced_usage.sub_account_id, chr(30)),
            coalesce(priced_usage.credential_id, chr(30)),
            coalesce(priced_usage.model, chr(30))
        )) as cache_scope
    from priced_usage
    inner join meters on priced_usage.meter = meters.meter
    where priced_usage.quantity > 0
),

reads as (
    select distinct
        cache_scope,
        started_at
    from cached
    where token_cache_action = 'Read'
),

-- Where a log ends before a cache does, nobody knows whether it was read.
log_ends as (
    select
        source_dataset,
        max(started_at) as known_until
    from priced_usage
    group by source_dataset
),

writes as (
    select
        cached.*,
        reads.started_at as read_at
    from cached
    asof left join reads
        on cached.cache_scope = reads.cache_scope and cached.started_at < reads.started_at
    where cached.token_cache_action = 'Write'
),

final as (
    select
        writes.usage_id,
        'unread cache write' as finding,
        alternative_prices.contracted_unit_price as needed_unit_price,
        writes.record_id as evidence
    from writes
    inner join log_ends on writes.source_dataset = log_ends.source_dataset
    inner join alternative_prices
        on {{ price_condition('writes', 'writes.started_at', 'alternative_prices') }}
    where
        coalesce(writes.read_at > writes.started_at + writes.lifetime, true)
        and writes.started_at + writes.lifetime <= log_ends.known_until
        and alternative_prices.contracted_unit_price < writes.contracted_unit_price
)

select * from final
