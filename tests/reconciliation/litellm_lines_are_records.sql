-- No line of LiteLLM's logs is without a record, and each accepted one is one request.
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
        count(*) filter (where record_status = 'accepted') as accepted
    from {{ ref('base_litellm__records') }}
    group by source_dataset
),

shape as (
    select
        source_dataset,
        sum(request_count) as accepted
    from {{ ref('stg_litellm__usage') }}
    group by source_dataset
)

select
    coalesce(lines.source_dataset, base.source_dataset) as source_dataset,
    lines.records as lines_delivered,
    base.records,
    base.accepted,
    shape.accepted as accepted_in_shape
from lines
full outer join base on lines.source_dataset = base.source_dataset
left join shape on base.source_dataset = shape.source_dataset
where
    lines.records is distinct from base.records
    or base.accepted != coalesce(shape.accepted, 0)
