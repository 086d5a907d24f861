with calls as (
    select
        *,
        prompt_tokens - cached_tokens - cache_write_tokens as plain_tokens,
        -- What a modality has in the prompt beyond what the cache gave of it.
        {%- for modality in ['audio', 'image', 'video'] %}
            greatest(prompt_{{ modality }}_tokens - cached_{{ modality }}_tokens, 0)
                as plain_{{ modality }}_tokens{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('base_google_vertex__request_logs') }}
    where record_status = 'accepted'
),

-- The parts never exceed their whole, even where a detail is counted twice; the rest is text.
{%- set wholes = {
    'plain': 'plain_tokens', 'cached': 'cached_tokens', 'output': 'candidates_tokens',
} %}
parts as (
    select
        *
        {%- for part, whole in wholes.items() %},
            least({{ part }}_audio_tokens, {{ whole }}) as {{ part }}_audio,
            least({{ part }}_image_tokens, {{ whole }} - {{ part }}_audio) as {{ part }}_image,
            least({{ part }}_video_tokens, {{ whole }} - {{ part }}_audio - {{ part }}_image)
                as {{ part }}_video,
            {{ whole }} - {{ part }}_audio - {{ part }}_image - {{ part }}_video as {{ part }}_text
        {%- endfor %}
    from calls
),

disjoint as (
    select
        *,
        plain_text + tool_prompt_tokens as input_tokens,
        cache_write_tokens - cache_write_1h_tokens as cache_write_5m_tokens,
        output_text + thoughts_tokens as output_tokens
    from parts
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'input_audio_tokens': 'plain_audio',
            'input_image_tokens': 'plain_image',
            'input_video_tokens': 'plain_video',
            'cache_read_tokens': 'cached_text',
            'cache_read_audio_tokens': 'cached_audio',
            'cache_read_image_tokens': 'cached_image',
            'cache_read_video_tokens': 'cached_video',
            'cache_write_5m_tokens': 'cache_write_5m_tokens',
            'cache_write_1h_tokens': 'cache_write_1h_tokens',
            'output_tokens': 'output_tokens',
            'output_audio_tokens': 'output_audio',
            'output_image_tokens': 'output_image',
            'output_video_tokens': 'output_video',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from disjoint
),

final as (
    select
        source_dataset || '/' || record_id || '/' || entry.meter as usage_id,
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
        prompt_tokens + tool_prompt_tokens as context_tokens,
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
