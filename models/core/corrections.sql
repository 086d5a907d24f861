{{ config(materialized='table') }}
{#- What is charged to whom. All else (descriptions, tags, people, invoices, the export that told
    it) may change without a correction. -#}
{%- set what_matters = [
    'service', 'billing_account_id', 'sub_account_id', 'charge_period_start', 'charge_period_end',
    'charge_category', 'sku_price_id', 'x_ai_model', 'billing_currency', 'billed_cost',
    'effective_cost', 'list_cost', 'contracted_cost', 'pricing_quantity', 'consumed_quantity',
    'consumed_unit', 'pricing_currency', 'pricing_currency_effective_cost',
    'commitment_discount_id', 'commitment_discount_quantity', 'x_input_tokens', 'x_output_tokens',
    'x_cached_tokens', 'x_department', 'x_cost_centre', 'x_gl_code', 'x_business_unit',
    'x_project_code', 'x_feature',
] %}
{%- set negated = [
    'billed_cost', 'effective_cost', 'list_cost', 'contracted_cost', 'pricing_quantity',
    'consumed_quantity', 'pricing_currency_effective_cost', 'commitment_discount_quantity',
    'x_input_tokens', 'x_output_tokens', 'x_cached_tokens',
] %}

with current_charges as (
    select * from {{ ref('current_charges') }}
),

closed_charges as (
    select * from {{ ref('closed_charges') }}
),

closed_periods as (
    select * from {{ ref('closed_periods') }}
),

invoices as (
    select * from {{ ref('invoices') }}
    where invoice_issue_status != 'Voided'
),

-- Closed months as the files of today have them.
found as (
    select
        current_charges.* replace (
            closed_periods.billing_month as corrected_billing_month,
            current_charges.charge_id as corrected_charge_id,
            'rebooking' as correction_entry
        )
    from current_charges
    inner join closed_periods
        on
            current_charges.service = closed_periods.service
            and date_trunc('month', current_charges.billing_period_start)
            = closed_periods.billing_month
),

reversed as (
    select corrected_charge_id from closed_charges
    where correction_entry = 'reversal'
),

-- Closed months as they are booked: what was frozen with them and what later closes froze for
-- them, without what those took back.
booked as (
    select
        closed_charges.* replace (
            coalesce(
                closed_charges.corrected_billing_month,
                cast(date_trunc('month', closed_charges.billing_period_start) as date)
            ) as corrected_billing_month,
            closed_charges.charge_id as corrected_charge_id,
            'reversal' as correction_entry
        ),
        coalesce(closed_charges.corrected_charge_id, closed_charges.charge_id) as original_charge_id
    from closed_charges
    left join reversed on closed_charges.charge_id = reversed.corrected_charge_id
    where
        -- Not `is distinct from`: beside the `=` above, DuckDB 1.5 loses the rows of a column that
        -- is null throughout.
        coalesce(closed_charges.correction_entry != 'reversal', true)
        and reversed.corrected_charge_id is null
),

entries as (
    select
        *,
        charge_id as original_charge_id
    from found
    union all by name
    select * from booked
),

keyed as (
    select
        charge_id,
        correction_entry,
        corrected_billing_month,
        original_charge_id,
        md5(concat_ws(
            chr(31),
            {%- for column in what_matters %}
                coalesce(cast({{ column }} as varchar), chr(30)){{ ',' if not loop.last }}
            {%- endfor %}
        )) as content_key
    from entries
),

paired as (
    select
        *,
        count(*) over (
            partition by corrected_billing_month, content_key, original_charge_id
        ) as on_both_sides
    from keyed
),

-- Equal rows are as good as each other, so they are counted; those with one id come first, so that
-- the row that is left over is the one that has gone or come.
counted as (
    select
        charge_id,
        correction_entry,
        corrected_billing_month,
        content_key,
        row_number() over (
            partition by correction_entry, corrected_billing_month, content_key
            order by on_both_sides desc, original_charge_id asc, charge_id asc
        ) as copy_number
    from paired
),

changed as (
    select
        charge_id,
        correction_entry
    from counted
    qualify
        count(*) over (partition by corrected_billing_month, content_key, copy_number) = 1
),

dated as (
    select
        entries.* replace (
            entries.charge_id || '/' || entries.correction_entry || '/'
            || strftime(closed_periods.open_month, '%Y-%m') as charge_id,
            {%- for column in negated %}
                if(
                    entries.correction_entry = 'reversal',
                    -entries.{{ column }},
                    entries.{{ column }}
                ) as {{ column }},
            {%- endfor %}
            -- What had counted for a commitment no longer does: its amounts change their sign, too.
            if(
                entries.correction_entry = 'reversal',
                replace(
                    regexp_replace(
                        entries.contract_applied,
                        '("ContractCommitmentApplied(?:Cost|Quantity)":)\s*', '\1-', 'g'
                    ), ':--', ':'
                ),
                entries.contract_applied
            ) as contract_applied,
            -- A correction is no part of a divided charge: the ratios of the parts stay whole.
            {%- for column in [
                'allocated_method_id', 'allocated_method_details', 'allocated_resource_id',
                'allocated_resource_name', 'allocated_tags',
            ] %}
                cast(null as varchar) as {{ column }},
            {%- endfor %}
            'Correction' as charge_class,
            cast(closed_periods.open_month as timestamp) as billing_period_start,
            closed_periods.open_month + interval '1 month' as billing_period_end
        ),
        entries.x_cost_basis in ('Invoiced', 'Reported') as is_bill,
        entries.correction_entry = 'reversal' as is_reversal,
        closed_periods.open_month as billing_month_start
    from entries
    inner join changed
        on
            entries.charge_id = changed.charge_id
            and entries.correction_entry = changed.correction_entry
    inner join closed_periods
        on
            entries.service = closed_periods.service
            and entries.corrected_billing_month = closed_periods.billing_month
),

-- All entries about one use of one article, and what they add up to.
compared as (
    select
        *,
        bool_or(is_reversal) over same_use and bool_or(not is_reversal) over same_use as is_changed,
        coalesce(sum(consumed_quantity) over same_use, 0) as added_quantity,
        sum(billed_cost) over same_use = 0 and sum(effective_cost) over same_use = 0
            as is_same_cost,
        sum(list_cost) over same_use = 0 and sum(contracted_cost) over same_use = 0
            as is_same_price,
        bool_and(x_cost_basis = 'Estimated') over same_use as is_estimated
    from dated
    window
        same_use as (
            partition by
                corrected_billing_month, service, charge_period_start, charge_period_end,
                charge_category, sku_id, x_ai_model, consumed_unit, billing_currency, is_bill
        )
),

-- Bills and estimates that went or came as a whole.
replaced as (
    select
        *,
        bool_or(is_bill and is_reversal) over same_month as had_bill,
        bool_or(is_bill and not is_reversal) over same_month as has_bill,
        bool_or(not is_bill and is_reversal and not is_changed) over same_month as had_estimate
    from compared
    window same_month as (partition by corrected_billing_month, service)
),

judged as (
    select
        * replace (
            case
                when is_changed and added_quantity = 0 and is_same_cost and is_same_price
                    then 'attribution_changed'
                when is_changed and is_bill and added_quantity = 0 and is_same_cost
                    then 'price_corrected'
                when is_changed and is_bill then 'bill_restated'
                when is_changed and added_quantity = 0 and is_estimated then 'price_corrected'
                when is_changed and added_quantity = 0 then 'cost_restated'
                when is_changed and added_quantity < 0 then 'usage_withdrawn'
                when is_changed then 'late_usage'
                when is_bill and not is_reversal and had_estimate then 'bill_replaced_estimate'
                when is_bill and has_bill then 'bill_restated'
                when is_bill then 'bill_withdrawn'
                when is_reversal and has_bill then 'bill_replaced_estimate'
                when is_reversal then 'usage_withdrawn'
                when had_bill and not has_bill then 'bill_withdrawn'
                else 'late_usage'
            end as correction_cause
        ),
        if(is_bill, 'Reported', x_cost_basis) as cost_basis,
        billing_currency as currency
    from replaced
),

-- The invoice of the closed month holds what it held. A correction stands on one of its own, or on
-- none.
invoiced as (
    select
        judged.* replace (
            invoices.invoice_id as invoice_id,
            if(
                invoices.invoice_id is not null, {{ invoice_line_name('judged') }}, null
            ) as invoice_detail_id,
            if(
                invoices.invoice_issue_status = 'Issued', 'Invoiced', judged.cost_basis
            ) as x_cost_basis
        )
    from judged
    left join invoices
        on {{ invoice_condition('judged') }}
),

final as (
    select
        * exclude (
            original_charge_id, is_bill, is_reversal, billing_month_start, is_changed,
            added_quantity, is_same_cost, is_same_price, is_estimated, had_bill, has_bill,
            had_estimate, cost_basis, currency
        )
    from invoiced
)

select * from final -- noqa: AM04
