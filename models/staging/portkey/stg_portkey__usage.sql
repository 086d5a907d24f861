{{ call_usage(
    ref('base_portkey__logs'),
    {'input_tokens': 'input_tokens', 'output_tokens': 'output_tokens'},
    [
        'credential_name', 'team_id', 'user_id', 'request_id', 'session_id', 'context_tokens',
        'status', 'is_cache_hit', 'metadata_department', 'feature', 'tags',
    ],
) }}
