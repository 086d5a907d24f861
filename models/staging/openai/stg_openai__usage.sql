with completions as (
    select * from {{ ref('base_openai__usage_completions') }}
    where record_status = 'accepted'
    union all by name
    select * from {{ ref('base_openai__usage_csv') }}
    where record_status = 'accepted'
),

others as (
    select * from {{ ref('base_openai__usage_endpoints') }}
    where record_status = 'accepted'
),

completion_meters as (
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
        }) }} as entries
    from completions
),

-- AM07 does not know that `by name` fills the columns that one side lacks.
metered as (
    select -- noqa: AM07
        *,
        num_model_requests as calls,
        true as is_charged,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from completion_meters
    union all by name
    select
        *,
        -- Searches are tools of calls that the completions usage counts already.
        if(meter in ('web_searches', 'file_searches'), null, num_model_requests) as calls,
        -- OpenAI moderates free of charge.
        source_dataset != 'openai/usage_moderations' as is_charged,
        'standard' as service_tier,
        {
            'meter': if(quantity > 0, meter, 'requests'),
            'quantity': cast(if(quantity > 0, quantity, 1) as {{ quantity_type() }})
        } as entry,
        true as is_first
    from others
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
        if(is_first, calls, 0) as request_count,
        service_tier,
        started_at,
        ended_at,
        is_charged as is_billable,
        is_agentic
    from metered
)

{{ as_shape('usage', 'final') }}
