{{ config(severity='warn') }}
-- Your own files beside the sample company's registers: its accounts name your charges, and its
-- prepaid credits are charges of your build. Replace seeds/organisation (a header alone is fine).
{%- set is_sample = env_var('AI_SPEND_LANDING', 'landing/sample').rstrip('/').endswith('/sample') %}
with billing_accounts as (
    select * from {{ ref('billing_accounts') }}
),

contracts as (
    select * from {{ ref('contracts') }}
    where drawn_down
),

registers as (
    select
        'billing_accounts' as seed,
        billing_account_id as entry
    from billing_accounts
    where contains(billing_account_id, 'brindlewick')
    union all
    select
        'contracts' as seed,
        contract_commitment_id as entry
    from contracts
    where contract_id in ('ANT-MSA-2026', 'XAI-PREPAID', 'DEEP-PREPAID')
)

select * from registers
where {{ 'false' if is_sample else 'true' }}
