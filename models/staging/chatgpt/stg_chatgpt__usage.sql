with credit_usage as (
    select * from {{ ref('base_chatgpt__credit_usage') }}
    where record_status = 'accepted'
),

cost_events as (
    select * from {{ ref('base_chatgpt__cost_events') }}
    where record_status = 'accepted'
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_id,
        user_id,
        started_at,
        ended_at,
        model,
        service_tier,
        is_agentic,
        request_count,
        meters
    from credit_usage
    union all
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_id,
        user_id,
        started_at,
        ended_at,
        model,
        service_tier,
        is_agentic,
        cast(null as bigint) as request_count,
        meters
    from cost_events
),

metered as (
    select
        * exclude (meters, entries),
        unnest(entries) as entry,
        generate_subscripts(entries, 1) as entry_number
    from (
        select
            *,
            if(
                len(meters) > 0,
                meters,
                [{
                    'meter': 'requests',
                    'quantity': cast(1 as {{ quantity_type() }})
                }]
            ) as entries
        from records
    )
),

-- Nobody charges the tokens of a workspace: what counts against its pool are credits, and what a
-- credit costs stands in the contract alone. So credits are the part that wants a price.
final as (
    select
        concat_ws('/', source_dataset, account_id, record_id, entry_number, entry.meter)
            as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'chatgpt' as service,
        account_id,
        user_id,
        model,
        entry.meter,
        entry.quantity,
        if(entry_number = 1, request_count, 0) as request_count,
        service_tier,
        started_at,
        ended_at,
        entry.meter = 'chatgpt_credits' as is_billable,
        is_agentic
    from metered
)

{{ as_shape('usage', 'final') }}
