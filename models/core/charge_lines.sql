{{ config(materialized='table') }}

with usage_charges as (
    select * from {{ ref('usage_charges') }}
),

bill_charges as (
    select * from {{ ref('bill_charges') }}
),

focus_charges as (
    select * from {{ ref('focus_charges') }}
),

seat_charges as (
    select * from {{ ref('seat_charges') }}
),

services as (
    select * from {{ ref('services') }}
),

meters as (
    select * from {{ ref('meters') }}
),

billing_accounts as (
    select * from {{ ref('billing_accounts') }}
),

sub_accounts as (
    select * from {{ ref('sub_accounts') }}
),

invoices as (
    select * from {{ ref('invoices') }}
    where invoice_issue_status != 'Voided'
),

virtual_currencies as (
    select * from {{ ref('virtual_currencies') }}
),

charges as (
    select * from usage_charges
    union all by name
    select * from bill_charges
    union all by name
    select * from focus_charges
    union all by name
    select * from seat_charges
),

-- FOCUS wants a price behind every use and purchase. Where only an amount is known, the currency
-- itself is the pricing unit: so much money at 1.00 (a credit is so much less).
named as (
    select
        *,
        coalesce(
            sku_id,
            service || '/'
            || coalesce(sku, coalesce(model, 'unnamed') || '/' || meter, 'unnamed')
        ) as plain_sku_id,
        sku_price_id is null and charge_category != 'Tax' as is_by_amount,
        try_cast(coalesce(list_amount, amount) as {{ pricing_quantity_type() }})
            as amount_quantity,
        if(
            sku_price_id is null and charge_category != 'Tax' and list_amount != contracted_amount,
            try_cast(
                {{ exact_ratio('contracted_amount', 'list_amount') }} as {{ unit_price_type() }}
            ),
            null
        ) as contracted_ratio
    from charges
),

-- A contracted cost stated without a price stays as stated: so much money at less than 1.00, or,
-- where eight digits do not say how much less, one unit at the stated costs.
stated as (
    select
        *,
        case
            when coalesce(list_amount = contracted_amount, true) then 'list'
            when
                contracted_ratio >= 0
                and {{ exact_product('contracted_ratio', 'list_amount', money_type()) }}
                = contracted_amount
                then 'ratio'
            when
                try_cast(list_amount as {{ unit_price_type() }}) = list_amount
                and try_cast(contracted_amount as {{ unit_price_type() }}) = contracted_amount
                and list_amount >= 0 and contracted_amount >= 0
                then 'unit'
            else 'list'
        end as contracted_by
    from named
),

priced as (
    select
        * replace (
            case
                when is_by_amount then plain_sku_id
                when charge_category != 'Tax' then sku_id
            end as sku_id,
            case
                when not is_by_amount then sku_price_id
                when contracted_by = 'ratio'
                    then
                        plain_sku_id || '/by amount in ' || currency || ' at '
                        || {{ plain_number('contracted_ratio') }}
                when contracted_by = 'unit'
                    then
                        plain_sku_id || '/' || {{ plain_number('list_amount') }} || '/'
                        || {{ plain_number('contracted_amount') }} || ' ' || currency
                else plain_sku_id || '/by amount in ' || currency
            end as sku_price_id,
            case
                when not is_by_amount then pricing_unit
                when contracted_by = 'unit' then 'Units'
                else currency
            end as pricing_unit,
            cast(
                case
                    when not is_by_amount then pricing_quantity
                    when contracted_by = 'unit' then 1
                    else amount_quantity
                end as {{ pricing_quantity_type() }}
            ) as pricing_quantity,
            cast(
                case
                    when not is_by_amount then list_unit_price
                    when contracted_by = 'unit' then list_amount
                    else 1
                end as {{ unit_price_type() }}
            ) as list_unit_price,
            cast(
                case
                    when not is_by_amount then contracted_unit_price
                    when contracted_by = 'ratio' then contracted_ratio
                    when contracted_by = 'unit' then contracted_amount
                    else 1
                end as {{ unit_price_type() }}
            ) as contracted_unit_price
        ),
        charge_category = 'Usage'
        and coalesce(commitment_discount_status != 'Unused', true) as is_consumed
    from stated
),

measured as (
    select
        priced.*,
        coalesce(priced.sku_meter, meters.sku_meter) as known_sku_meter,
        meters.token_direction,
        meters.token_cache_action,
        meters.token_column,
        cast(
            if(
                priced.is_consumed, coalesce(priced.quantity, priced.amount_quantity), null
            ) as {{ quantity_type() }}
        ) as consumed_quantity,
        case
            when priced.is_consumed and priced.quantity is null then priced.currency
            when priced.is_consumed then coalesce(priced.unit, meters.consumed_unit, 'Units')
        end as consumed_unit,
        virtual_currencies.virtual_currency
    from priced
    left join meters on priced.meter = meters.meter
    left join virtual_currencies
        on
            priced.service = virtual_currencies.service
            and priced.pricing_unit = virtual_currencies.unit
            and priced.charge_category = 'Usage'
            and priced.period_start >= coalesce(virtual_currencies.valid_from, date '1900-01-01')
            and priced.period_start < coalesce(virtual_currencies.valid_to, date '9999-12-31')
),

valued as (
    select
        *,
        coalesce(
            {{ exact_product('list_unit_price', 'pricing_quantity', money_type()) }}, amount
        ) as list_cost,
        coalesce(
            {{ exact_product('contracted_unit_price', 'pricing_quantity', money_type()) }}, amount
        ) as contracted_cost,
        coalesce(
            billing_period_start, date_trunc('month', period_start)
        ) as billing_month_start,
        {% if var('billed_cost_mode') == 'strict' %}
            if(cost_basis in ('Stated', 'Estimated'), cast(0 as {{ money_type() }}), amount)
        {%- else %}
            amount
        {%- endif %} as billed_cost,
        {% if var('billed_cost_mode') == 'strict' %}
            if(
                cost_basis in ('Stated', 'Estimated'),
                cast(0 as {{ money_type() }}),
                coalesce(effective_amount, amount)
            )
        {%- else %}
            coalesce(effective_amount, amount)
        {%- endif %} as effective_cost
    from measured
),

accounted as (
    select
        valued.* replace (
            coalesce(
                billing_accounts.billing_account_name,
                valued.account_name,
                valued.account_id,
                coalesce(services.service_name, valued.service) || ' (default account)'
            ) as account_name,
            coalesce(
                billing_accounts.billing_account_type, valued.account_type, 'Account'
            ) as account_type,
            coalesce(valued.service_name, services.service_name, valued.service) as service_name,
            coalesce(
                billing_accounts.invoice_issuer_name,
                valued.invoice_issuer_name,
                services.invoice_issuer_name,
                valued.service_provider_name,
                valued.service
            ) as invoice_issuer_name
        ),
        coalesce(
            billing_accounts.billing_account_id, valued.account_id, valued.service || '/default'
        ) as billing_account_id
    from valued
    left join services on valued.service = services.service
    left join billing_accounts
        on
            valued.service = billing_accounts.service
            and valued.account_id is not distinct from billing_accounts.account_id
),

-- A bill whose export names no invoice stands on the one that the register has for it.
invoiced as (
    select
        accounted.* replace (
            coalesce(accounted.invoice_id, invoices.invoice_id) as invoice_id,
            if(
                invoices.invoice_issue_status = 'Issued', 'Invoiced', accounted.cost_basis
            ) as cost_basis
        )
    from accounted
    left join invoices
        on {{ invoice_condition('accounted') }}
),

final as (
    select
        invoiced.charge_id,
        invoiced.service,
        invoiced.charge_scope,
        invoiced.evidence_key,
        invoiced.feature,
        invoiced.account_id,
        invoiced.meter,
        invoiced.model,
        invoiced.service_tier,
        invoiced.inference_geo,
        invoiced.token_column,

        -- accounts
        invoiced.billing_account_id,
        invoiced.account_name as billing_account_name,
        invoiced.account_type as billing_account_type,
        invoiced.sub_account_id,
        coalesce(
            sub_accounts.sub_account_name, invoiced.sub_account_name, invoiced.sub_account_id
        ) as sub_account_name,
        if(
            invoiced.sub_account_id is not null,
            coalesce(invoiced.sub_account_type, services.sub_account_type, 'Project'),
            null
        ) as sub_account_type,

        -- periods
        invoiced.billing_month_start as billing_period_start,
        coalesce(
            invoiced.billing_period_end, invoiced.billing_month_start + interval '1 month'
        ) as billing_period_end,
        invoiced.period_start as charge_period_start,
        invoiced.period_end as charge_period_end,

        -- charge
        invoiced.charge_category,
        invoiced.charge_class,
        invoiced.charge_frequency,
        coalesce(
            invoiced.charge_description,
            coalesce(services.service_name, invoiced.service)
            || coalesce(' ' || invoiced.model, coalesce(' ' || invoiced.plan_type, ''))
            || coalesce(' - ' || invoiced.known_sku_meter, '')
            || if(invoiced.service_tier != 'standard', ' (' || invoiced.service_tier || ')', '')
        ) as charge_description,
        invoiced.currency as billing_currency,
        invoiced.billed_cost,
        invoiced.effective_cost,
        invoiced.list_cost,
        invoiced.contracted_cost,
        invoiced.list_unit_price,
        invoiced.contracted_unit_price,
        invoiced.pricing_quantity,
        invoiced.pricing_unit,
        coalesce(
            invoiced.pricing_category,
            if(invoiced.charge_category in ('Usage', 'Purchase'), 'Standard', null)
        ) as pricing_category,
        -- The provider's own word, or the credits that the vendor counts in: each is worth one of
        -- itself, and used, whoever has paid for it.
        coalesce(
            invoiced.pricing_currency, invoiced.virtual_currency, invoiced.currency
        ) as pricing_currency,
        cast(
            case
                when invoiced.pricing_currency is not null
                    then invoiced.pricing_currency_list_unit_price
                when invoiced.virtual_currency is not null then 1
                else invoiced.list_unit_price
            end as {{ unit_price_type() }}
        ) as pricing_currency_list_unit_price,
        cast(
            case
                when invoiced.pricing_currency is not null
                    then invoiced.pricing_currency_contracted_unit_price
                when invoiced.virtual_currency is not null then 1
                else invoiced.contracted_unit_price
            end as {{ unit_price_type() }}
        ) as pricing_currency_contracted_unit_price,
        case
            when invoiced.pricing_currency is not null
                then invoiced.pricing_currency_effective_amount
            when invoiced.virtual_currency is not null
                then cast(invoiced.pricing_quantity as {{ money_type() }})
            else invoiced.effective_cost
        end as pricing_currency_effective_cost,
        invoiced.consumed_quantity,
        invoiced.consumed_unit,
        invoiced.invoice_id,
        if(
            invoiced.invoice_id is not null,
            coalesce(
                invoiced.invoice_detail_id, {{ invoice_line_name('invoiced') }}
            ),
            null
        ) as invoice_detail_id,
        invoiced.invoice_issuer_name,

        -- service and price
        invoiced.service_name,
        coalesce(
            invoiced.service_category, services.service_category, 'AI and Machine Learning'
        ) as service_category,
        coalesce(
            invoiced.service_subcategory, services.service_subcategory, 'Generative AI'
        ) as service_subcategory,
        coalesce(
            invoiced.service_provider_name, services.service_provider_name, invoiced.service
        ) as service_provider_name,
        coalesce(
            invoiced.host_provider_name,
            services.host_provider_name,
            invoiced.service_provider_name,
            invoiced.service
        ) as host_provider_name,
        coalesce(
            invoiced.service_provider_name, services.service_provider_name, invoiced.service
        ) as provider_name,
        coalesce(
            invoiced.publisher_name,
            services.publisher_name,
            invoiced.service_provider_name,
            invoiced.service
        ) as publisher_name,
        invoiced.sku_id,
        invoiced.sku_price_id,
        if(
            invoiced.sku_id is not null,
            coalesce(invoiced.known_sku_meter, invoiced.sku, 'Other'),
            null
        ) as sku_meter,
        if(
            invoiced.sku_price_id is not null and not invoiced.is_by_amount,
            coalesce(invoiced.sku_price_details, {{ json_object_text({
                'x_ModelId': 'invoiced.model_id',
                'x_TokenDirection': 'invoiced.token_direction',
                'x_TokenCacheAction': 'invoiced.token_cache_action',
                'x_ServiceTier': 'if(invoiced.model_id is not null, invoiced.service_tier, null)',
                'x_PlanType': 'invoiced.plan_type',
            }) }}),
            null
        ) as sku_price_details,
        invoiced.resource_id,
        invoiced.resource_name,
        invoiced.resource_type,
        invoiced.region_id,
        invoiced.region_name,
        invoiced.availability_zone,
        invoiced.tags,

        -- commitments, capacity and allocation, as providers state them
        invoiced.capacity_reservation_id,
        invoiced.capacity_reservation_status,
        invoiced.commitment_discount_category,
        invoiced.commitment_discount_id,
        invoiced.commitment_discount_name,
        invoiced.commitment_discount_quantity,
        invoiced.commitment_discount_status,
        invoiced.commitment_discount_type,
        invoiced.commitment_discount_unit,
        invoiced.commitment_program_eligibility_details,
        invoiced.contract_applied,
        invoiced.allocated_method_id,
        invoiced.allocated_method_details,
        invoiced.allocated_resource_id,
        invoiced.allocated_resource_name,
        invoiced.allocated_tags,

        -- custom columns
        coalesce(invoiced.model_id, invoiced.model) as x_ai_model,
        coalesce(services.ai_vendor, invoiced.service) as x_ai_vendor,
        invoiced.plan_type as x_plan_type,
        invoiced.is_agentic as x_is_agentic,
        if(
            invoiced.token_direction is not null,
            invoiced.token_cache_action is not distinct from 'Read',
            null
        ) as x_cache_hit,
        invoiced.cost_basis as x_cost_basis,
        invoiced.source_dataset as x_source_dataset
    from invoiced
    left join services on invoiced.service = services.service
    left join sub_accounts
        on
            invoiced.service = sub_accounts.service
            and invoiced.sub_account_id = sub_accounts.sub_account_id
)

select * from final
