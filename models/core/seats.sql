{{ union_shape('seats', [
    'stg_github_copilot__seats',
    'stg_chatgpt__seats',
    'stg_claude_seats__seats',
    'stg_cursor__seats',
    'stg_microsoft_365_copilot__seats',
    'stg_google_workspace__seats',
]) }}
