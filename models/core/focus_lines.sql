{{ config(materialized='table') }}

-- An account in the company's own spelling, where its register has several for it.
with stacked as (
    {{ union_shape('focus_lines', [
        'stg_focus_any__focus_lines',
        'stg_aws_bedrock_focus__focus_lines',
        'stg_azure_openai__focus_lines',
        'stg_google_vertex_focus__focus_lines',
        'stg_ibm_watsonx__focus_lines',
        'stg_aws_bedrock__focus_lines',
        'stg_google_vertex__focus_lines',
    ]) }}
),

account_aliases as (
    select * from {{ ref('account_aliases') }}
),

final as (
    select
        stacked.* replace (
            coalesce(account_aliases.same_as, stacked.account_id) as account_id,
            coalesce(stacked.charge_scope, 'usage') as charge_scope
        )
    from stacked
    left join account_aliases
        on
            stacked.service = account_aliases.service
            and lower(coalesce(stacked.account_id, ''))
            = lower(coalesce(account_aliases.account_id, ''))
)

select * from final -- noqa: AM04
