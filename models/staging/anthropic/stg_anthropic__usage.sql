with results as (
    select * from {{ ref('base_anthropic__usage_report') }}
    where record_status = 'accepted'
),

messages as (
    select * from {{ ref('base_anthropic__messages') }}
    where record_status = 'accepted'
),

-- Every iteration of a message is a sampling of its own, perhaps by another model.
iterations as (
    select
        * exclude (model, iterations),
        unnest(iterations) as sampling,
        generate_subscripts(iterations, 1) as iteration
    from messages
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
        sampling.model,
        sampling.input_tokens,
        sampling.cache_read_tokens,
        sampling.cache_write_5m_tokens,
        sampling.cache_write_1h_tokens,
        sampling.output_tokens,
        if(iteration = 1, web_search_requests, 0) as web_searches,
        1 as requests,
        service_tier,
        inference_geo,
        sampling.input_tokens + sampling.cache_read_tokens + sampling.cache_write_5m_tokens
        + sampling.cache_write_1h_tokens as context_tokens,
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
        user_id,
        request_id,
        session_id,
        model,
        entry.meter,
        entry.quantity,
        -- The usage report does not count requests.
        if(is_first and is_first_part, requests, 0) as request_count,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        ended_at,
        status,
        is_billable,
        header_department,
        metadata_department,
        feature,
        claimed_user,
        tags
    from metered
)

{{ as_shape('usage', 'final') }}
