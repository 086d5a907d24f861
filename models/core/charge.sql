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

attribution as (
    select * from {{ ref('attribution') }}
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
        cast(coalesce(list_amount, amount) as {{ pricing_quantity_type() }}) as amount_quantity
    from charges
),

priced as (
    select
        * replace (
            case
                when is_by_amount then plain_sku_id
                when charge_category != 'Tax' then sku_id
            end as sku_id,
            if(
                is_by_amount, plain_sku_id || '/by amount in ' || currency, sku_price_id
            ) as sku_price_id,
            if(is_by_amount, currency, pricing_unit) as pricing_unit,
            cast(
                if(is_by_amount, amount_quantity, pricing_quantity) as {{ pricing_quantity_type() }}
            ) as pricing_quantity,
            cast(
                if(is_by_amount, 1, list_unit_price) as {{ unit_price_type() }}
            ) as list_unit_price,
            cast(
                if(is_by_amount, 1, contracted_unit_price) as {{ unit_price_type() }}
            ) as contracted_unit_price
        ),
        charge_category = 'Usage'
        and coalesce(commitment_discount_status != 'Unused', true) as is_consumed
    from named
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
        end as consumed_unit
    from priced
    left join meters on priced.meter = meters.meter
),

valued as (
    select
        *,
        coalesce(
            cast(list_unit_price * pricing_quantity as {{ money_type() }}), amount
        ) as list_cost,
        coalesce(
            cast(contracted_unit_price * pricing_quantity as {{ money_type() }}), amount
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

final as (
    select
        valued.charge_id,
        valued.service,

        -- accounts
        coalesce(
            billing_accounts.billing_account_id, valued.account_id, valued.service || '/default'
        ) as billing_account_id,
        coalesce(
            billing_accounts.billing_account_name,
            valued.account_name,
            valued.account_id,
            coalesce(services.service_name, valued.service) || ' (default account)'
        ) as billing_account_name,
        coalesce(
            billing_accounts.billing_account_type, valued.account_type, 'Account'
        ) as billing_account_type,
        valued.sub_account_id,
        coalesce(
            sub_accounts.sub_account_name, valued.sub_account_name, valued.sub_account_id
        ) as sub_account_name,
        if(
            valued.sub_account_id is not null,
            coalesce(valued.sub_account_type, services.sub_account_type, 'Project'),
            null
        ) as sub_account_type,

        -- periods
        valued.billing_month_start as billing_period_start,
        coalesce(
            valued.billing_period_end, valued.billing_month_start + interval '1 month'
        ) as billing_period_end,
        valued.period_start as charge_period_start,
        valued.period_end as charge_period_end,

        -- charge
        valued.charge_category,
        valued.charge_class,
        valued.charge_frequency,
        coalesce(
            valued.charge_description,
            coalesce(services.service_name, valued.service)
            || coalesce(' ' || valued.model, coalesce(' ' || valued.plan_type, ''))
            || coalesce(' - ' || valued.known_sku_meter, '')
            || if(valued.service_tier != 'standard', ' (' || valued.service_tier || ')', '')
        ) as charge_description,
        valued.currency as billing_currency,
        valued.billed_cost,
        valued.effective_cost,
        valued.list_cost,
        valued.contracted_cost,
        valued.list_unit_price,
        valued.contracted_unit_price,
        valued.pricing_quantity,
        valued.pricing_unit,
        coalesce(
            valued.pricing_category,
            if(valued.charge_category in ('Usage', 'Purchase'), 'Standard', null)
        ) as pricing_category,
        valued.currency as pricing_currency,
        valued.list_unit_price as pricing_currency_list_unit_price,
        valued.contracted_unit_price as pricing_currency_contracted_unit_price,
        valued.effective_cost as pricing_currency_effective_cost,
        valued.consumed_quantity,
        valued.consumed_unit,
        valued.invoice_id,
        valued.invoice_detail_id,
        coalesce(
            billing_accounts.invoice_issuer_name,
            valued.invoice_issuer_name,
            services.invoice_issuer_name,
            valued.service_provider_name,
            valued.service
        ) as invoice_issuer_name,

        -- service and price
        coalesce(valued.service_name, services.service_name, valued.service) as service_name,
        coalesce(
            valued.service_category, services.service_category, 'AI and Machine Learning'
        ) as service_category,
        coalesce(
            valued.service_subcategory, services.service_subcategory, 'Generative AI'
        ) as service_subcategory,
        coalesce(
            valued.service_provider_name, services.service_provider_name, valued.service
        ) as service_provider_name,
        coalesce(
            valued.host_provider_name,
            services.host_provider_name,
            valued.service_provider_name,
            valued.service
        ) as host_provider_name,
        coalesce(
            valued.service_provider_name, services.service_provider_name, valued.service
        ) as provider_name,
        coalesce(
            valued.publisher_name,
            services.publisher_name,
            valued.service_provider_name,
            valued.service
        ) as publisher_name,
        valued.sku_id,
        valued.sku_price_id,
        if(
            valued.sku_id is not null, coalesce(valued.known_sku_meter, valued.sku, 'Other'), null
        ) as sku_meter,
        if(
            valued.sku_price_id is not null and not valued.is_by_amount,
            coalesce(valued.sku_price_details, {{ json_object_text({
                'x_ModelId': 'valued.model_id',
                'x_TokenDirection': 'valued.token_direction',
                'x_TokenCacheAction': 'valued.token_cache_action',
                'x_ServiceTier': 'if(valued.model_id is not null, valued.service_tier, null)',
                'x_PlanType': 'valued.plan_type',
            }) }}),
            null
        ) as sku_price_details,
        valued.resource_id,
        valued.resource_name,
        valued.resource_type,
        valued.region_id,
        valued.region_name,
        valued.availability_zone,
        valued.tags,

        -- commitments, capacity and allocation, as providers state them
        valued.capacity_reservation_id,
        valued.capacity_reservation_status,
        valued.commitment_discount_category,
        valued.commitment_discount_id,
        valued.commitment_discount_name,
        valued.commitment_discount_quantity,
        valued.commitment_discount_status,
        valued.commitment_discount_type,
        valued.commitment_discount_unit,
        valued.commitment_program_eligibility_details,
        valued.contract_applied,
        valued.allocated_method_id,
        valued.allocated_method_details,
        valued.allocated_resource_id,
        valued.allocated_resource_name,
        valued.allocated_tags,

        -- custom columns
        coalesce(valued.model_id, valued.model) as x_ai_model,
        coalesce(services.ai_vendor, valued.service) as x_ai_vendor,
        if(valued.token_column = 'input', valued.consumed_quantity, null) as x_input_tokens,
        if(valued.token_column = 'output', valued.consumed_quantity, null) as x_output_tokens,
        if(valued.token_column = 'cached', valued.consumed_quantity, null) as x_cached_tokens,
        valued.plan_type as x_plan_type,
        cast(null as decimal(9, 8)) as x_utilisation_pct,
        valued.is_agentic as x_is_agentic,
        attribution.gl_code as x_gl_code,
        attribution.cost_centre as x_cost_centre,
        attribution.department_name as x_department,
        attribution.project_code as x_project_code,
        attribution.business_unit as x_business_unit,
        attribution.service_now_ci as x_service_now_ci,
        attribution.service_now_cost_centre as x_service_now_cost_centre,
        attribution.jira_project as x_jira_project,
        attribution.jira_team as x_jira_team,
        coalesce(valued.feature, attribution.ruled_feature) as x_feature,
        attribution.person as x_user,
        if(
            valued.token_direction is not null,
            valued.token_cache_action is not distinct from 'Read',
            null
        ) as x_cache_hit,
        cast(null as varchar) as x_classification,
        valued.cost_basis as x_cost_basis,
        attribution.attribution_source as x_attribution_source,
        valued.source_dataset as x_source_dataset
    from valued
    inner join attribution on valued.evidence_key = attribution.evidence_key
    left join services on valued.service = services.service
    left join billing_accounts
        on
            valued.service = billing_accounts.service
            and valued.account_id is not distinct from billing_accounts.account_id
    left join sub_accounts
        on
            valued.service = sub_accounts.service
            and valued.sub_account_id = sub_accounts.sub_account_id
)

select * from final
