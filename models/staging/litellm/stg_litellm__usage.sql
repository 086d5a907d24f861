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

-- The gateway counts cache reads and writes inside the prompt, and the base model adds them to the
-- context where the prompt was logged without them: so what is neither read nor written is left.
token_classes as (
    select
        *,
        context_tokens - coalesce(cache_read_tokens, 0) - coalesce(cache_write_tokens, 0)
            as plain_input_tokens,
        least(coalesce(cache_write_1h_tokens, 0), coalesce(cache_write_tokens, 0))
            as write_1h_tokens,
        status != 'failure' and not is_cache_hit as is_served_by_vendor
    from calls
),

audio as (
    select
        *,
        least(coalesce(input_audio_tokens, 0), plain_input_tokens) as audio_in_tokens,
        least(coalesce(output_audio_tokens, 0), coalesce(completion_tokens, 0)) as audio_out_tokens
    from token_classes
),

disjoint as (
    select
        *,
        plain_input_tokens - audio_in_tokens as uncached_tokens,
        cache_write_tokens - write_1h_tokens as write_5m_tokens,
        completion_tokens - audio_out_tokens as text_output_tokens,
        is_served_by_vendor or coalesce(spend, 0) > 0 as is_billable
    from audio
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'uncached_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_write_5m_tokens': 'write_5m_tokens',
            'cache_write_1h_tokens': 'write_1h_tokens',
            'input_audio_tokens': 'audio_in_tokens',
            'output_tokens': 'text_output_tokens',
            'output_audio_tokens': 'audio_out_tokens',
            'web_searches': 'web_searches',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from disjoint
),

final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || record_id
        || '/' || entry.meter as usage_id,
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
        context_tokens,
        started_at,
        ended_at,
        status,
        is_cache_hit,
        is_billable,
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
