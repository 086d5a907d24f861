{{ config(materialized='table') }}

-- An account in the company's own spelling, where its register has several for it; where the record
-- names none, the account in whose bills its key or project is.
with stacked as (
    {{ union_shape('usage', [
        'stg_litellm__usage',
        'stg_openai__usage',
        'stg_anthropic__usage',
        'stg_opentelemetry__usage',
        'stg_coding_agents__usage',
        'stg_chatgpt__usage',
        'stg_cursor__usage',
        'stg_aws_bedrock__usage',
        'stg_azure_openai__usage',
        'stg_google_vertex__usage',
        'stg_langfuse__usage',
        'stg_helicone__usage',
        'stg_portkey__usage',
        'stg_openrouter__usage',
        'stg_github_copilot__usage',
        'stg_google_workspace__usage',
    ]) }}
),

account_aliases as (
    select * from {{ ref('account_aliases') }}
),

account_keys as (
    select * from {{ ref('account_keys') }}
),

final as (
    select
        stacked.* replace (
            coalesce(
                account_aliases.same_as,
                stacked.account_id,
                known_credentials.account_id,
                known_sub_accounts.account_id
            ) as account_id
        )
    from stacked
    left join account_aliases
        on
            stacked.service = account_aliases.service
            and lower(coalesce(stacked.account_id, ''))
            = lower(coalesce(account_aliases.account_id, ''))
    left join account_keys as known_credentials
        on
            stacked.account_id is null
            and known_credentials.key_kind = 'credential'
            and stacked.service = known_credentials.service
            and stacked.credential_id = known_credentials.key_id
    left join account_keys as known_sub_accounts
        on
            stacked.account_id is null
            and known_sub_accounts.key_kind = 'sub account'
            and stacked.service = known_sub_accounts.service
            and stacked.sub_account_id = known_sub_accounts.key_id
)

select * from final -- noqa: AM04
