with usage_events as (
    select * from {{ ref('base_cursor__usage_events') }}
    where record_status = 'accepted'
),

usage_csv as (
    select * from {{ ref('base_cursor__usage_csv') }}
    where record_status = 'accepted'
),

{%- set both = [
    'source_dataset', 'source_file', 'source_line', 'record_id', 'account_folder', 'user_id',
    'cloud_agent_id', 'automation_id', 'model', 'kind', 'is_chargeable', 'max_mode', 'is_agentic',
    'started_at', 'input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens',
    'amount', 'currency',
] %}

events as (
    select
        {{ both | join(',\n        ') }},
        service_account_id,
        service_account_name,
        conversation_id
    from usage_events
    union all
    select
        {{ both | join(',\n        ') }},
        cast(null as varchar) as service_account_id,
        cast(null as varchar) as service_account_name,
        cast(null as varchar) as conversation_id
    from usage_csv
),

tagged as (
    select
        *,
        {{ json_object_text({
            'automationId': 'automation_id',
            'cloudAgentId': 'cloud_agent_id',
            'maxMode': 'max_mode',
        }) }} as tags
    from events
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_write_5m_tokens': 'cache_write_tokens',
            'output_tokens': 'output_tokens',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from tagged
),

-- What the seat includes, what failed and what runs on the customer's own key is charged by nobody
-- here. Cache writes have one price at Cursor; they stand on the 5-minute meter.
final as (
    select
        concat_ws('/', source_dataset, account_folder, record_id, entry.meter) as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'cursor' as service,
        account_folder as account_id,
        service_account_id as credential_id,
        service_account_name as credential_name,
        user_id,
        conversation_id as session_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first, 1, 0) as request_count,
        'standard' as service_tier,
        started_at,
        started_at as ended_at,
        kind as status,
        is_chargeable as is_billable,
        -- An editor's call is not said to be an agent's or not.
        if(is_agentic, true, null) as is_agentic,
        nullif(regexp_extract(kind, '^included in (.+)$', 1), '') as plan_type,
        tags,
        if(is_first, amount, null) as stated_cost,
        currency as stated_currency
    from metered
)

{{ as_shape('usage', 'final') }}
