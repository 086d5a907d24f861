{{ union_shape('seat_activity', [
    'stg_github_copilot__seat_activity',
]) }}
