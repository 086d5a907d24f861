with facts as (
    select
        source_file,
        service,
        account_id,
        sub_account_id
    from {{ ref('usage') }}
    union all
    select
        source_file,
        service,
        account_id,
        sub_account_id
    from {{ ref('bill_lines') }}
    union all
    select
        source_file,
        service,
        account_id,
        sub_account_id
    from {{ ref('focus_lines') }}
    union all
    select
        source_file,
        service,
        account_id,
        sub_account_id
    from {{ ref('seats') }}
),

files as (
    select * from {{ ref('landing_files') }}
),

invoice_lines as (
    select * from {{ ref('invoice_lines') }}
),

charges as (
    select * from {{ ref('charge') }}
),

aliases as (
    {{ register_rows('organisation', 'account_aliases') }}
),

billed_through as (
    {{ register_rows('organisation', 'billed_through') }}
),

billing_accounts as (
    {{ register_rows('organisation', 'billing_accounts') }}
),

sub_accounts as (
    {{ register_rows('organisation', 'sub_accounts') }}
),

landing_accounts as (
    {{ register_rows('organisation', 'landing_accounts') }}
),

invoices as (
    {{ register_rows('organisation', 'invoices') }}
),

rates as (
    {{ register_rows('organisation', 'exchange_rates') }}
),

closes as (
    {{ register_rows('organisation', 'closes') }}
),

accounts as (
    select
        service,
        account_id,
        count(*) as records
    from facts
    group by all
),

named_subs as (
    select
        service,
        sub_account_id,
        count(*) as records
    from facts
    group by all
),

-- After the renaming a record has the name that an alias gives.
final as (
    select
        aliases.register,
        aliases.line,
        concat_ws(' ', aliases.service, coalesce(aliases.account_id, '(no account)')) as row_key,
        cast(sum(coalesce(accounts.records, 0)) as bigint) as matched_count,
        true as is_expected
    from aliases
    left join accounts
        on aliases.service = accounts.service and aliases.same_as = accounts.account_id
    group by all
    union all
    select
        billed_through.register,
        billed_through.line,
        concat_ws(' ', billed_through.service, billed_through.charge_kind) as row_key,
        cast(sum(coalesce(accounts.records, 0)) as bigint) as matched_count,
        true as is_expected
    from billed_through
    left join accounts
        on
            billed_through.service = accounts.service
            and coalesce(billed_through.account_id = accounts.account_id, true)
    group by all
    union all
    select
        billing_accounts.register,
        billing_accounts.line,
        concat_ws(
            ' ', billing_accounts.service, coalesce(billing_accounts.account_id, '(no account)')
        ) as row_key,
        cast(sum(coalesce(accounts.records, 0)) as bigint) as matched_count,
        true as is_expected
    from billing_accounts
    left join accounts
        on
            billing_accounts.service = accounts.service
            and billing_accounts.account_id is not distinct from accounts.account_id
    group by all
    union all
    select
        sub_accounts.register,
        sub_accounts.line,
        sub_accounts.service || ' ' || sub_accounts.sub_account_id as row_key,
        cast(sum(coalesce(named_subs.records, 0)) as bigint) as matched_count,
        true as is_expected
    from sub_accounts
    left join named_subs
        on
            sub_accounts.service = named_subs.service
            and sub_accounts.sub_account_id = named_subs.sub_account_id
    group by all
    union all
    select
        landing_accounts.register,
        landing_accounts.line,
        landing_accounts.path_prefix as row_key,
        cast(count(files.source_file) as bigint) as matched_count,
        true as is_expected
    from landing_accounts
    left join files on starts_with(files.source_file, landing_accounts.path_prefix)
    group by all
    union all
    select
        invoices.register,
        invoices.line,
        invoices.invoice_issuer_name || ' ' || invoices.invoice_id as row_key,
        cast(count(invoice_lines.invoice_detail_id) as bigint) as matched_count,
        invoices.invoice_issue_status = 'Issued' as is_expected
    from invoices
    left join invoice_lines
        on
            invoices.invoice_issuer_name = invoice_lines.invoice_issuer_name
            and invoices.invoice_id = invoice_lines.invoice_id
    group by all
    union all
    select
        rates.register,
        rates.line,
        rates.from_currency || ' to ' || rates.to_currency || ' from ' || rates.valid_from
            as row_key,
        cast(count(charges.charge_id) as bigint) as matched_count,
        false as is_expected
    from rates
    left join charges on charges.billing_currency in (rates.from_currency, rates.to_currency)
    group by all
    union all
    select
        closes.register,
        closes.line,
        concat_ws(' ', closes.service, strftime(closes.billing_month, '%Y-%m')) as row_key,
        cast(count(charges.charge_id) as bigint) as matched_count,
        true as is_expected
    from closes
    left join charges
        on
            closes.billing_month = date_trunc('month', charges.billing_period_start)
            and coalesce(closes.service = charges.service, true)
    group by all
)

select * from final
