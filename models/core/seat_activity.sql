-- An account in the company's own spelling, where its register has several for it.
with stacked as (
    {{ union_shape('seat_activity', [
        'stg_github_copilot__seat_activity',
        'stg_chatgpt__seat_activity',
        'stg_claude_seats__seat_activity',
        'stg_cursor__seat_activity',
        'stg_microsoft_365_copilot__seat_activity',
        'stg_google_workspace__seat_activity',
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
