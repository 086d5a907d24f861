{{ union_shape('seats', [
    'stg_github_copilot__seats',
]) }}
