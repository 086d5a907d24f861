{{ union_shape('records', [
    'base_litellm__records',
    'base_openai__usage_completions',
    'base_openai__costs',
    'base_anthropic__usage_report',
    'base_anthropic__cost_report',
    'base_anthropic__messages',
    'base_github_copilot__seats',
    'base_github_copilot__billing_usage',
    'base_outcomes__events',
    'base_outcomes__metrics',
    'base_outcomes__github_pull_requests',
]) }}
