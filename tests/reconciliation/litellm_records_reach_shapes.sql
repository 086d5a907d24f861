-- Accepted calls, tokens and money of each export equal those of the usage shape, every id is there
-- once, and no line of the files is without a record.
with lines as (
    select
        source_dataset,
        count(*) as records
    from (
        select source_dataset from {{ source('litellm', 'spend_logs') }}
        union all
        select source_dataset from {{ source('litellm', 'standard_logging') }}
    )
    group by source_dataset
),

base as (
    select
        source_dataset,
        count(*) as records,
        count(*) filter (where record_status = 'accepted') as accepted,
        coalesce(sum(tokens) filter (where record_status = 'accepted'), 0) as tokens,
        coalesce(sum(amount) filter (where record_status = 'accepted'), 0) as amount
    from {{ ref('base_litellm__records') }}
    group by source_dataset
),

shape as (
    select
        source_dataset,
        sum(request_count) as accepted,
        coalesce(sum(quantity) filter (where ends_with(meter, '_tokens')), 0) as tokens,
        coalesce(sum(stated_cost), 0) as amount,
        count(*) - count(distinct usage_id) as ids_missing_or_repeated
    from {{ ref('stg_litellm__usage') }}
    group by source_dataset
)

select
    coalesce(lines.source_dataset, base.source_dataset) as source_dataset,
    lines.records as lines_delivered,
    base.records,
    base.accepted,
    shape.accepted as accepted_in_shape,
    base.tokens,
    shape.tokens as tokens_in_shape,
    base.amount,
    shape.amount as amount_in_shape,
    shape.ids_missing_or_repeated
from lines
full outer join base on lines.source_dataset = base.source_dataset
left join shape on base.source_dataset = shape.source_dataset
where
    lines.records is distinct from base.records
    or base.accepted != coalesce(shape.accepted, 0)
    or base.tokens != coalesce(shape.tokens, 0)
    or base.amount != coalesce(shape.amount, 0)
    or shape.ids_missing_or_repeated > 0
