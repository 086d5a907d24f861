-- Models that names lead to although nothing is known of their price. The ones listed here are
-- free at their vendor or have no published price; their usage shows up as unpriced. Their rules
-- stay, for without them the names would fall to another model's price.
select distinct
    matches.provider,
    matches.model_id
from {{ ref('model_matches') }} as matches
left join {{ ref('model_prices') }} as prices
    on matches.provider = prices.provider and matches.model_id = prices.model_id
where
    prices.model_id is null
    and matches.provider || '/' || matches.model_id not in (
        'azure/mai-ds-r1:free',
        'azure/phi-4-reasoning-plus:free',
        'azure/phi-4-reasoning:free',
        'cerebras/qwen-3-coder-480b',
        'google/gemma-3',
        'google/gemma-3n',
        'google/gemma-4-26b-a4b-it',
        'google/gemma-4-31b-it',
        'mistral/devstral-small:free',
        'mistral/mistral-nemo:free',
        'mistral/mistral-small-24b-instruct-2501:free',
        'openai/moderation'
    )
