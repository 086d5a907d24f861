{%- set is_paid_elsewhere -%}
    coalesce(
        {{ focus_provider(
            "coalesce(focus_lines.invoice_issuer_name, "
            ~ "nullif(split_part(focus_lines.source_dataset, '/', 1), 'focus_any'), "
            ~ "focus_lines.service_provider_name)"
        ) }} != {{ focus_provider('services.invoice_issuer_name') }},
        false
    )
{%- endset %}

with bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

services as (
    select * from {{ ref('services') }}
),

lines as (
    select
        source_dataset,
        source_file,
        service,
        account_id,
        {{ compared_account('account_id') }} as compared_account,
        {{ compared_account('sub_account_id') }} as compared_sub_account,
        false as is_billed_through,
        {{ charge_kind('charge_scope', 'charge_category') }} as charge_kind,
        net_amount as amount,
        quantity,
        currency,
        period_start,
        period_end,
        date_trunc('month', period_start) as billing_period_start,
        date_trunc('month', period_start) + interval 1 month as billing_period_end,
        net_amount >= 0 as is_covering
    from bill_lines
    union all
    -- An account on another vendor's bill is that vendor's: which account of the service it pays
    -- for is not known.
    select
        focus_lines.source_dataset,
        focus_lines.source_file,
        focus_lines.service,
        focus_lines.account_id,
        if(
            {{ is_paid_elsewhere }}, null, {{ compared_account('focus_lines.account_id') }}
        ) as compared_account,
        if(
            {{ is_paid_elsewhere }}, null, {{ compared_account('focus_lines.sub_account_id') }}
        ) as compared_sub_account,
        {{ is_paid_elsewhere }} as is_billed_through,
        {{ charge_kind('focus_lines.charge_scope', 'focus_lines.charge_category') }} as charge_kind,
        focus_lines.billed_amount as amount,
        -- A purchase consumes nothing: what was bought is its pricing quantity.
        coalesce(focus_lines.quantity, focus_lines.pricing_quantity) as quantity,
        focus_lines.currency,
        focus_lines.period_start,
        focus_lines.period_end,
        focus_lines.billing_period_start,
        focus_lines.billing_period_end,
        focus_lines.billed_amount >= 0
        and coalesce(focus_lines.charge_class != 'Correction', true) as is_covering
    from focus_lines
    left join services on focus_lines.service = services.service
),

final as (
    select
        *,
        cast(period_start as date) as charged_on
    from lines
)

select * from final
