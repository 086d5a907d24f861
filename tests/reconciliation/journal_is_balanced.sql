-- Every entry balances to the cent; before rounding its department lines are what chargeback has
-- consumed, and with the prepaid lines what it has billed; the rounding line is at most half a cent
-- for each other line; and an invoice is cleared with its total.
with journal as (
    select * from {{ ref('chargeback_journal') }}
),

chargeback as (
    select * from {{ ref('chargeback') }}
),

invoice_lines as (
    select * from {{ ref('invoice_lines') }}
),

entries as (
    select
        billing_month,
        billing_currency,
        sum(debit_amount) - sum(credit_amount) as imbalance,
        sum(exact_amount) as exact_imbalance,
        sum(exact_amount) filter (
            where line_type in ('department', 'unattributed')
        ) as consumed,
        -sum(exact_amount) filter (where line_type = 'clearing') as billed,
        coalesce(
            max(debit_amount + credit_amount) filter (where line_type = 'rounding'), 0
        ) as rounding,
        count(*) filter (where line_type != 'rounding') * 0.005 as most_rounding
    from journal
    group by billing_month, billing_currency, entry_type
),

months as (
    select
        billing_month,
        billing_currency,
        bool_or(imbalance != 0 or exact_imbalance != 0) as is_unbalanced,
        bool_or(rounding > most_rounding) as is_rounded_too_much,
        sum(consumed) as consumed,
        sum(billed) as billed
    from entries
    group by all
),

charged as (
    select
        billing_month,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from chargeback
    group by all
),

invoices as (
    select
        invoice_id,
        invoice_issuer_name,
        billing_currency,
        sum(billed_cost) as billed_cost
    from invoice_lines
    group by all
),

cleared as (
    select
        invoice_id,
        invoice_issuer_name,
        billing_currency,
        sum(credit_amount - debit_amount) as amount,
        count(*) as line_count
    from journal
    where line_type = 'clearing' and invoice_id is not null
    group by all
)

select
    cast(coalesce(months.billing_month, charged.billing_month) as varchar) as place,
    coalesce(months.billing_currency, charged.billing_currency) as currency,
    charged.billed_cost as expected,
    months.billed as actual
from months
full outer join charged
    on
        months.billing_month = charged.billing_month
        and months.billing_currency = charged.billing_currency
where
    months.is_unbalanced is distinct from false
    or months.is_rounded_too_much
    or months.billed is distinct from charged.billed_cost
    or months.consumed is distinct from charged.effective_cost
union all
select
    cleared.invoice_id as place,
    cleared.billing_currency as currency,
    invoices.billed_cost as expected,
    cleared.amount as actual
from cleared
left join invoices
    on
        cleared.invoice_id = invoices.invoice_id
        and cleared.invoice_issuer_name = invoices.invoice_issuer_name
        and cleared.billing_currency = invoices.billing_currency
where
    invoices.billed_cost is null
    or abs(cleared.amount - invoices.billed_cost) > 0.005 * cleared.line_count
