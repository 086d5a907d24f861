-- The requests that OpenAI counts are those of the usage shape.
with reported as (
    select coalesce(sum(num_model_requests), 0) as requests
    from {{ ref('base_openai__usage_completions') }}
    where record_status = 'accepted'
),

delivered as (
    select coalesce(sum(request_count), 0) as requests
    from {{ ref('stg_openai__usage') }}
    where source_dataset = 'openai/usage_completions'
)

select
    reported.requests,
    delivered.requests as requests_in_shape
from reported
cross join delivered
where reported.requests != delivered.requests
