with calls as (
    select * from {{ ref('base_opentelemetry__traces') }}
    where record_status = 'accepted'
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_write_5m_tokens': 'cache_write_5m_tokens',
            'cache_write_1h_tokens': 'cache_write_1h_tokens',
            'input_audio_tokens': 'input_audio_tokens',
            'input_image_tokens': 'input_image_tokens',
            'output_tokens': 'output_tokens',
            'output_audio_tokens': 'output_audio_tokens',
            'output_image_tokens': 'output_image_tokens',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from calls
),

final as (
    select
        concat_ws('/', source_dataset, record_id, entry.meter) as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        service,
        account_id,
        -- The application that calls stands where a gateway would name its key.
        application as credential_name,
        team_name,
        user_id,
        request_id,
        session_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first, 1, 0) as request_count,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        ended_at,
        status,
        is_billable,
        is_agentic,
        plan_type,
        tag_department,
        metadata_department,
        feature,
        claimed_user,
        tags
    from metered
)

{{ as_shape('usage', 'final') }}
