-- A table: what was posted must not change while it is being read, and a year of chargeback stands
-- behind each line.
{{ config(materialized='table') }}

with chargeback as (
    select * from {{ ref('chargeback') }}
),

-- What stands on an issued invoice is booked for good; all else is an accrual, to be reversed when
-- the invoice is there.
booked as (
    select
        *,
        if(cost_basis = 'Invoiced', 'invoice', 'accrual') as entry_type
    from chargeback
),

-- Departments take over what they consumed: what a commitment covers is billed nowhere in its
-- month.
debits as (
    select
        billing_month,
        billing_currency,
        entry_type,
        if(attribution_kind = 'unattributed', 'unattributed', 'department') as line_type,
        if(
            attribution_kind = 'unattributed',
            '{{ var("journal_unattributed_account") }}',
            gl_code
        ) as gl_code,
        cost_centre,
        department,
        cast(null as varchar) as invoice_issuer_name,
        cast(null as varchar) as billing_account_id,
        cast(null as varchar) as invoice_id,
        sum(effective_cost) as exact_amount
    from booked
    group by all
),

-- What is billed and not consumed yet is prepaid; what is consumed and was billed before uses it
-- up.
prepaid as (
    select
        billing_month,
        billing_currency,
        entry_type,
        'prepaid' as line_type,
        '{{ var("journal_prepaid_account") }}' as gl_code,
        cast(null as varchar) as cost_centre,
        cast(null as varchar) as department,
        invoice_issuer_name,
        cast(null as varchar) as billing_account_id,
        cast(null as varchar) as invoice_id,
        sum(billed_cost - effective_cost) as exact_amount
    from booked
    group by all
    having sum(billed_cost - effective_cost) != 0
),

-- The clearing account was debited with each invoice; the journal credits it with the same amount.
credits as (
    select
        billing_month,
        billing_currency,
        entry_type,
        'clearing' as line_type,
        '{{ var("journal_clearing_account") }}' as gl_code,
        cast(null as varchar) as cost_centre,
        cast(null as varchar) as department,
        invoice_issuer_name,
        billing_account_id,
        invoice_id,
        -sum(billed_cost) as exact_amount
    from booked
    group by all
),

lines as (
    select * from debits
    union all
    select * from prepaid
    union all
    select * from credits
),

-- A ledger takes cents. Each line is rounded for itself, so that a department pays what its own
-- statement says and an invoice is cleared with its own total.
rounded as (
    select
        *,
        cast(exact_amount as decimal(38, 2)) as amount
    from lines
),

-- What the rounding of all lines leaves is a line of its own. It takes the opposite sign, so that
-- the entry adds up to 0; at most half a cent for each line.
differences as (
    select
        billing_month,
        billing_currency,
        entry_type,
        'rounding' as line_type,
        '{{ var("journal_rounding_account") }}' as gl_code,
        cast(null as varchar) as cost_centre,
        cast(null as varchar) as department,
        cast(null as varchar) as invoice_issuer_name,
        cast(null as varchar) as billing_account_id,
        cast(null as varchar) as invoice_id,
        cast(0 as {{ money_type() }}) as exact_amount,
        -sum(amount) as amount
    from rounded
    group by all
),

balanced as (
    select * from rounded
    union all
    select * from differences
    where amount != 0
),

final as (
    select
        concat_ws('-', strftime(billing_month, '%Y-%m'), billing_currency, entry_type) as entry_id,
        cast(
            row_number() over (
                partition by billing_month, billing_currency, entry_type
                order by
                    list_position(
                        ['department', 'unattributed', 'prepaid', 'rounding', 'clearing'], line_type
                    ) asc,
                    department asc, cost_centre asc, gl_code asc, invoice_issuer_name asc,
                    billing_account_id asc, invoice_id asc
            ) as integer
        ) as line_number,
        billing_month,
        billing_currency,
        entry_type,
        line_type,
        gl_code,
        cost_centre,
        department,
        invoice_issuer_name,
        billing_account_id,
        invoice_id,
        concat_ws(
            ' ', 'AI spend', strftime(billing_month, '%Y-%m'),
            if(line_type in ('prepaid', 'rounding'), line_type, null),
            coalesce(department, invoice_issuer_name), invoice_id
        ) as line_text,
        cast(greatest(amount, 0) as decimal(38, 2)) as debit_amount,
        cast(greatest(-amount, 0) as decimal(38, 2)) as credit_amount,
        cast(exact_amount as {{ money_type() }}) as exact_amount
    from balanced
)

select * from final
