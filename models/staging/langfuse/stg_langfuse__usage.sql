{{ call_usage(
    ref('base_langfuse__observations'),
    {
        'input_tokens': 'input_tokens',
        'cache_read_tokens': 'cache_read_tokens',
        'cache_write_5m_tokens': 'cache_write_5m_tokens',
        'cache_write_1h_tokens': 'cache_write_1h_tokens',
        'input_audio_tokens': 'input_audio_tokens',
        'cache_read_audio_tokens': 'cache_read_audio_tokens',
        'input_image_tokens': 'input_image_tokens',
        'cache_read_image_tokens': 'cache_read_image_tokens',
        'input_video_tokens': 'input_video_tokens',
        'cache_read_video_tokens': 'cache_read_video_tokens',
        'output_tokens': 'output_tokens',
        'output_audio_tokens': 'output_audio_tokens',
        'output_image_tokens': 'output_image_tokens',
        'output_video_tokens': 'output_video_tokens',
        'web_searches': 'web_searches',
    },
    [
        'project_id as team_id', 'user_id', 'request_id', 'session_id', 'context_tokens', 'status',
        'tag_department', 'metadata_department', 'feature', 'claimed_user', 'tags',
    ],
) }}
