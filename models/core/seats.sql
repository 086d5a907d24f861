{{ union_shape('seats', [
    'stg_github_copilot__seats',
    'stg_chatgpt__seats',
    'stg_claude_seats__seats',
    'stg_cursor__seats',
]) }}
