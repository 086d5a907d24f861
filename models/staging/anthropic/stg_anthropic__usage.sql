with results as (
    select * from {{ ref('base_anthropic__usage_report') }}
    where record_status = 'accepted'
),

messages as (
    select * from {{ ref('base_anthropic__messages') }}
    where record_status = 'accepted'
),

console as (
    select * from {{ ref('base_anthropic__console_usage_csv') }}
    where record_status = 'accepted'
),

-- One part per model of a Claude Code record, and one for a record that used none.
claude_code as (
    select
        *,
        unnest(if(len(models) > 0, models, [null])) as used,
        generate_subscripts(if(len(models) > 0, models, [null]), 1) as part
    from {{ ref('base_anthropic__claude_code') }}
    where record_status = 'accepted'
),

-- Every iteration of a message is a sampling of its own, perhaps by another model.
iterations as (
    {{ by_iteration('messages', once=['web_search_requests']) }}
),

-- AM07 does not know that `by name` fills the columns that one side lacks.
counted as (
    select -- noqa: AM07
        record_id,
        record_id as counted_id,
        true as is_first_part,
        source_dataset,
        source_file,
        source_line,
        account_id,
        workspace_id as sub_account_id,
        workspace_name as sub_account_name,
        api_key_id as credential_id,
        user_id,
        model,
        uncached_input_tokens as input_tokens,
        cache_read_input_tokens as cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        web_search_requests as web_searches,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        ended_at,
        true as is_billable
    from results
    union all by name
    select
        record_id,
        record_id || if(iteration > 1, '/' || iteration, '') as counted_id,
        iteration = 1 as is_first_part,
        source_dataset,
        source_file,
        source_line,
        account_id,
        request_id,
        session_id,
        model,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        web_search_requests as web_searches,
        1 as requests,
        service_tier,
        inference_geo,
        context_tokens,
        logged_at as started_at,
        logged_at as ended_at,
        stop_reason as status,
        is_billable,
        header_department,
        metadata_department,
        feature,
        claimed_user,
        tags
    from iterations
    union all by name
    select
        record_id,
        record_id as counted_id,
        true as is_first_part,
        source_dataset,
        source_file,
        source_line,
        account_id,
        workspace_id as sub_account_id,
        workspace_name as sub_account_name,
        api_key_name as credential_name,
        model,
        uncached_input_tokens as input_tokens,
        cache_read_input_tokens as cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        web_search_requests as web_searches,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        ended_at,
        true as is_billable,
        if(is_agent_key, true, null) as is_agentic
    from console
    union all by name
    -- Use within a subscription is paid with the seat. A lifetime of cache writes is not told.
    select
        record_id,
        record_id || if(part > 1, '/' || part, '') as counted_id,
        part = 1 as is_first_part,
        source_dataset,
        source_file,
        source_line,
        account_id,
        api_key_name as credential_name,
        user_id,
        used.model,
        used.input_tokens,
        used.cache_read_tokens,
        used.cache_write_5m_tokens,
        used.output_tokens,
        'standard' as service_tier,
        started_at,
        ended_at,
        customer_type = 'api' and tokens > 0 as is_billable,
        true as is_agentic,
        if(customer_type = 'subscription', subscription_type, null) as plan_type
    from claude_code
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_write_5m_tokens': 'cache_write_5m_tokens',
            'cache_write_1h_tokens': 'cache_write_1h_tokens',
            'output_tokens': 'output_tokens',
            'web_searches': 'web_searches',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from counted
),

final as (
    select
        concat_ws('/', source_dataset, account_id, counted_id, entry.meter) as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'claude_api' as service,
        account_id,
        sub_account_id,
        sub_account_name,
        credential_id,
        credential_name,
        user_id,
        request_id,
        session_id,
        model,
        entry.meter,
        entry.quantity,
        -- Reports do not count requests.
        if(is_first and is_first_part, requests, 0) as request_count,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        ended_at,
        status,
        is_billable,
        is_agentic,
        plan_type,
        header_department,
        metadata_department,
        feature,
        claimed_user,
        tags
    from metered
)

{{ as_shape('usage', 'final') }}
