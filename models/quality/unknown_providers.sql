with records as (
    select * from {{ ref('landing_records') }}
),

priced_usage as (
    select * from {{ ref('priced_usage') }}
),

unmapped as (
    select
        source_dataset,
        record_id,
        tokens,
        regexp_extract(notice, 'unknown provider ([a-z0-9_]+), taken as ([a-z0-9_]+)', 1)
            as provider_word,
        regexp_extract(notice, 'unknown provider ([a-z0-9_]+), taken as ([a-z0-9_]+)', 2)
            as service
    from records
    where record_status = 'accepted' and contains(notice, 'unknown provider ')
),

-- What a source states goes before the price book, as it does in the charges.
costs as (
    select
        priced_usage.source_dataset,
        priced_usage.record_id,
        coalesce(max(priced_usage.stated_currency), max(priced_usage.price_currency)) as currency,
        coalesce(sum(priced_usage.stated_cost), sum(priced_usage.list_cost)) as amount
    from priced_usage
    semi join unmapped
        on
            priced_usage.source_dataset = unmapped.source_dataset
            and priced_usage.record_id = unmapped.record_id
    group by all
),

final as (
    select
        unmapped.provider_word,
        unmapped.service,
        unmapped.source_dataset,
        costs.currency,
        count(*) as record_count,
        cast(sum(unmapped.tokens) as {{ quantity_type() }}) as tokens,
        cast(sum(costs.amount) as {{ money_type() }}) as amount
    from unmapped
    left join costs
        on
            unmapped.source_dataset = costs.source_dataset
            and unmapped.record_id = costs.record_id
    group by all
)

select * from final
