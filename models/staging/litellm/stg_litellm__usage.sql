with calls as (
    select * from {{ ref('base_litellm__records') }}
    where record_status = 'accepted'
),

-- Daily totals of the same calls, for those who do not keep the logs.
rollups as (
    {{ call_usage(
        ref('base_litellm__rollups'),
        {
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_write_5m_tokens': 'cache_write_5m_tokens',
            'output_tokens': 'output_tokens',
        },
        ['credential_id', 'credential_name', 'team_id', 'team_name', 'user_id'],
    ) }}
),

samplings as (
    {{ by_iteration('calls', once=['web_searches']) }}
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
            'input_video_tokens': 'input_video_tokens',
            'output_tokens': 'output_tokens',
            'output_audio_tokens': 'output_audio_tokens',
            'output_image_tokens': 'output_image_tokens',
            'output_video_tokens': 'output_video_tokens',
            'web_searches': 'web_searches',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 and iteration = 1 as is_first
    from samplings
),

final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || record_id
        || if(iteration > 1, '/' || iteration, '') || '/' || entry.meter as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        {{ service_of('gateway_provider', 'model') }} as service,
        account_folder as account_id,
        credential_id,
        credential_name,
        team_id,
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
        is_cache_hit,
        (status != 'failure' and not is_cache_hit) or coalesce(spend, 0) > 0 as is_billable,
        header_department,
        tag_department,
        metadata_department,
        feature,
        claimed_user,
        tags,
        -- A gateway writes 0 when it does not know the model's price: that is no statement.
        if(is_first and spend > 0, spend, null) as stated_cost,
        if(spend > 0, 'USD', null) as stated_currency
    from metered
    union all by name
    select * from rollups
)

{{ as_shape('usage', 'final') }}
