{{ union_shape('seat_activity', [
    'stg_github_copilot__seat_activity',
    'stg_chatgpt__seat_activity',
    'stg_claude_seats__seat_activity',
    'stg_cursor__seat_activity',
    'stg_microsoft_365_copilot__seat_activity',
    'stg_google_workspace__seat_activity',
]) }}
