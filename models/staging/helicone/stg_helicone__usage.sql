{{ call_usage(
    ref('base_helicone__requests'),
    {
        'input_tokens': 'input_tokens',
        'cache_read_tokens': 'cache_read_tokens',
        'cache_write_5m_tokens': 'cache_write_5m_tokens',
        'cache_write_1h_tokens': 'cache_write_1h_tokens',
        'input_audio_tokens': 'input_audio_tokens',
        'output_tokens': 'output_tokens',
        'output_audio_tokens': 'output_audio_tokens',
    },
    [
        'credential_id', 'user_id', 'request_id', 'session_id', 'context_tokens', 'status',
        'inference_geo',
        'is_cache_hit', 'tag_department', 'feature', 'claimed_user', 'tags',
    ],
) }}
