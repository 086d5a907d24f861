{{ config(materialized='table') }}

with contracts as (
    select * from {{ ref('contracts') }}
    where drawn_down
),

-- Rounded to ten digits, so that a share of it is exact.
amounts as (
    select
        *,
        cast(commitment_cost as {{ payable_type() }}) as committed,
        case payment_model
            when 'All Upfront' then 1
            when 'No Upfront' then 0
            else payment_upfront_percentage
        end as share_paid
    from contracts
),

paid as (
    select
        *,
        {{ exact_product('committed', 'share_paid', money_type()) }} as prepaid
    from amounts
),

-- Money that was paid covers charges; the rest is a promise to spend and covers nothing.
balances as (
    select
        *,
        true as is_prepaid,
        prepaid as balance
    from paid
    union all
    select
        *,
        false as is_prepaid,
        cast(committed - prepaid as {{ money_type() }}) as balance
    from paid
),

final as (
    select
        service,
        billing_account_id,
        billing_currency,
        invoice_issuer_name,
        contract_id,
        contract_commitment_id,
        contract_commitment_type,
        contract_commitment_description,
        purchase_invoice_id,
        cast(commitment_start as timestamp) as commitment_start,
        cast(commitment_end as timestamp) as commitment_end,
        is_prepaid,
        balance,
        row_number() over (
            partition by service, billing_account_id, billing_currency
            order by
                is_prepaid desc, commitment_end asc, commitment_start asc,
                contract_commitment_id asc
        ) as draw_order
    from balances
    where balance > 0
)

select * from final
