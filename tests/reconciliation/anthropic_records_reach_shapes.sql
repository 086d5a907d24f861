-- What Anthropic's base models accept is what its shapes hold: records, tokens, searches and money,
-- and every row of a shape has an id of its own.
with accepted as (
    select
        source_dataset,
        count(*) as records,
        0 as repeated_ids,
        sum(tokens) as tokens,
        coalesce(sum(web_search_requests), 0) as searches,
        0 as amount
    from {{ ref('base_anthropic__usage_report') }}
    where record_status = 'accepted'
    group by all
    union all
    select
        source_dataset,
        count(*) as records,
        0 as repeated_ids,
        sum(tokens) as tokens,
        coalesce(sum(web_search_requests), 0) as searches,
        0 as amount
    from {{ ref('base_anthropic__messages') }}
    where record_status = 'accepted'
    group by all
    union all
    select
        source_dataset,
        count(*) as records,
        0 as repeated_ids,
        sum(tokens) as tokens,
        0 as searches,
        sum(amount) as amount
    from {{ ref('base_anthropic__cost_report') }}
    where record_status = 'accepted'
    group by all
),

delivered as (
    select
        source_dataset,
        count(distinct concat_ws('/', account_id, record_id)) as records,
        count(*) - count(distinct usage_id) as repeated_ids,
        coalesce(sum(quantity) filter (where ends_with(meter, '_tokens')), 0) as tokens,
        coalesce(sum(quantity) filter (where meter = 'web_searches'), 0) as searches,
        0 as amount
    from {{ ref('stg_anthropic__usage') }}
    group by all
    union all
    select
        source_dataset,
        count(*) as records,
        count(*) - count(distinct bill_line_id) as repeated_ids,
        coalesce(sum(quantity) filter (where unit = 'Tokens'), 0) as tokens,
        0 as searches,
        sum(net_amount) as amount
    from {{ ref('stg_anthropic__bill_lines') }}
    group by all
)

select coalesce(accepted.source_dataset, delivered.source_dataset) as source_dataset
from accepted
full outer join delivered on accepted.source_dataset = delivered.source_dataset
where
    (
        accepted.records, accepted.repeated_ids, accepted.tokens, accepted.searches,
        accepted.amount
    ) is distinct from (
        delivered.records, delivered.repeated_ids, delivered.tokens, delivered.searches,
        delivered.amount
    )
