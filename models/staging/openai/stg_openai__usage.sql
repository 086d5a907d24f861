with results as (
    select * from {{ ref('base_openai__usage_completions') }}
    where record_status = 'accepted'
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'uncached_text_tokens',
            'cache_read_tokens': 'cached_text_tokens',
            'cache_write_5m_tokens': 'cache_write_tokens',
            'input_audio_tokens': 'uncached_audio_tokens',
            'cache_read_audio_tokens': 'cached_audio_tokens',
            'input_image_tokens': 'uncached_image_tokens',
            'cache_read_image_tokens': 'cached_image_tokens',
            'output_tokens': 'text_output_tokens',
            'output_audio_tokens': 'output_audio_tokens',
            'output_image_tokens': 'output_image_tokens',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from results
),

final as (
    select
        concat_ws('/', source_dataset, account_id, record_id, entry.meter) as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'openai_api' as service,
        account_id,
        project_id as sub_account_id,
        project_name as sub_account_name,
        api_key_id as credential_id,
        user_id,
        model,
        entry.meter,
        -- A bucket without tokens still tells its requests.
        cast(
            if(
                entry.meter = 'requests',
                greatest(coalesce(num_model_requests, 1), 1),
                entry.quantity
            ) as {{ quantity_type() }}
        ) as quantity,
        if(is_first, num_model_requests, 0) as request_count,
        service_tier,
        started_at,
        ended_at,
        true as is_billable
    from metered
)

{{ as_shape('usage', 'final') }}
