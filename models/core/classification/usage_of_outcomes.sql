with priced_usage as (
    select * from {{ ref('priced_usage') }}
    where is_billable and coalesce(request_id, session_id) is not null
),

outcomes as (
    select * from {{ ref('outcomes') }}
    where status = 'confirmed' and correlation_key in ('request_id', 'session_id')
),

keys as (
    select
        correlation_key,
        correlation_value,
        min(outcome_id) as outcome_id
    from outcomes
    group by all
),

joined as (
    select
        priced_usage.usage_id,
        'outcome of the request' as finding,
        keys.outcome_id
    from priced_usage
    inner join keys
        on
            priced_usage.request_id = keys.correlation_value
            and keys.correlation_key = 'request_id'
    union all
    select
        priced_usage.usage_id,
        'outcome of the session' as finding,
        keys.outcome_id
    from priced_usage
    inner join keys
        on
            priced_usage.session_id = keys.correlation_value
            and keys.correlation_key = 'session_id'
),

final as (
    select
        usage_id,
        finding,
        cast(0 as {{ unit_price_type() }}) as needed_unit_price,
        outcome_id as evidence
    from joined
)

select * from final
