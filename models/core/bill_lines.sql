{{ config(materialized='table') }}

-- An account in the company's own spelling, where its register has several for it.
with stacked as (
    {{ union_shape('bill_lines', [
        'stg_openai__bill_lines',
        'stg_anthropic__bill_lines',
        'stg_github_copilot__bill_lines',
        'stg_claude_seats__bill_lines',
        'stg_cursor__bill_lines',
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
