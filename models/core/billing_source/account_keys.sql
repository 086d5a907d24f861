-- Projects and keys that bills show in one account only: a log that names the key names the
-- account.
with bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

keys as (
    select
        service,
        account_id,
        'credential' as key_kind,
        credential_id as key_id
    from bill_lines
    union all
    select
        service,
        account_id,
        'sub account' as key_kind,
        sub_account_id as key_id
    from bill_lines
    union all
    select
        service,
        account_id,
        'sub account' as key_kind,
        sub_account_id as key_id
    from focus_lines
),

final as (
    select
        service,
        key_kind,
        key_id,
        min(account_id) as account_id
    from keys
    where key_id is not null
    group by all
    having count(distinct {{ compared_account('account_id') }}) = 1 and count(account_id) = count(*)
)

select * from final
