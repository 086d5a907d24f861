with calls as (
    select * from {{ ref('base_google_vertex__request_logs') }}
    where record_status = 'accepted'
),

samplings as (
    {{ by_iteration('calls') }}
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'input_audio_tokens': 'input_audio_tokens',
            'input_image_tokens': 'input_image_tokens',
            'input_video_tokens': 'input_video_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_read_audio_tokens': 'cache_read_audio_tokens',
            'cache_read_image_tokens': 'cache_read_image_tokens',
            'cache_read_video_tokens': 'cache_read_video_tokens',
            'cache_write_5m_tokens': 'cache_write_5m_tokens',
            'cache_write_1h_tokens': 'cache_write_1h_tokens',
            'output_tokens': 'output_tokens',
            'output_audio_tokens': 'output_audio_tokens',
            'output_image_tokens': 'output_image_tokens',
            'output_video_tokens': 'output_video_tokens',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 and iteration = 1 as is_first
    from samplings
),

final as (
    select
        source_dataset || '/' || record_id || if(iteration > 1, '/' || iteration, '')
        || '/' || entry.meter as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'google_vertex' as service,
        -- The log does not say who pays: any account's bill goes before it.
        cast(null as varchar) as account_id,
        project_id as sub_account_id,
        request_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first, 1, 0) as request_count,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        started_at as ended_at,
        status,
        (status = 'success' or tokens > 0) and service_tier != 'provisioned-throughput'
            as is_billable,
        metadata_department,
        feature,
        claimed_user,
        tags
    from metered
)

{{ as_shape('usage', 'final') }}
