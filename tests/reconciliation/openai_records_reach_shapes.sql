-- What OpenAI's base models accept is what its shapes hold: records, tokens, requests and money,
-- and every row of a shape has an id of its own.
with accepted as (
    select
        source_dataset,
        count(*) as records,
        0 as repeated_ids,
        sum(tokens) as tokens,
        coalesce(sum(num_model_requests), 0) as requests,
        0 as amount
    from {{ ref('base_openai__usage_completions') }}
    where record_status = 'accepted'
    group by all
    union all
    select
        source_dataset,
        count(*) as records,
        0 as repeated_ids,
        sum(tokens) as tokens,
        0 as requests,
        sum(amount) as amount
    from {{ ref('base_openai__costs') }}
    where record_status = 'accepted'
    group by all
),

delivered as (
    select
        source_dataset,
        count(distinct concat_ws('/', account_id, record_id)) as records,
        count(*) - count(distinct usage_id) as repeated_ids,
        coalesce(sum(quantity) filter (where ends_with(meter, '_tokens')), 0) as tokens,
        coalesce(sum(request_count), 0) as requests,
        0 as amount
    from {{ ref('stg_openai__usage') }}
    group by all
    union all
    select
        source_dataset,
        count(*) as records,
        count(*) - count(distinct bill_line_id) as repeated_ids,
        coalesce(sum(quantity) filter (where unit = 'Tokens'), 0) as tokens,
        0 as requests,
        sum(net_amount) as amount
    from {{ ref('stg_openai__bill_lines') }}
    group by all
)

select coalesce(accepted.source_dataset, delivered.source_dataset) as source_dataset
from accepted
full outer join delivered on accepted.source_dataset = delivered.source_dataset
where
    (
        accepted.records, accepted.repeated_ids, accepted.tokens, accepted.requests,
        accepted.amount
    ) is distinct from (
        delivered.records, delivered.repeated_ids, delivered.tokens, delivered.requests,
        delivered.amount
    )
