-- An account in the company's own spelling, where its register has several for it.
with stacked as (
    {{ union_shape('seats', [
        'stg_github_copilot__seats',
        'stg_chatgpt__seats',
        'stg_claude_seats__seats',
        'stg_cursor__seats',
        'stg_microsoft_365_copilot__seats',
        'stg_google_workspace__seats',
    ]) }}
),

account_aliases as (
    select * from {{ ref('account_aliases') }}
),

final as (
    select
        stacked.* replace (
            coalesce(account_aliases.same_as, stacked.account_id) as account_id
        )
    from stacked
    left join account_aliases
        on
            stacked.service = account_aliases.service
            and lower(coalesce(stacked.account_id, ''))
            = lower(coalesce(account_aliases.account_id, ''))
)

select * from final -- noqa: AM04
