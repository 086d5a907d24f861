{{ config(materialized='table') }}

with usage_charges as (
    select * from {{ ref('usage_charges') }}
),

bill_charges as (
    select * from {{ ref('bill_charges') }}
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
    select * from seat_charges
),

-- FOCUS wants a price behind every use and purchase. Where only an amount is known, the currency
-- itself is the pricing unit: so much money at 1.00 (a credit is so much less).
named as (
    select
        *,
        service || '/'
        || coalesce(sku, coalesce(model, 'unnamed') || '/' || meter, 'unnamed') as plain_sku_id,
        sku_price_id is null and charge_category != 'Tax' as is_by_amount,
        cast(amount as {{ pricing_quantity_type() }}) as amount_quantity
    from charges
),

priced as (
    select
        * replace (
            if(is_by_amount, plain_sku_id, sku_id) as sku_id,
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
        )
    from named
),

measured as (
    select
        priced.*,
        meters.sku_meter,
        meters.token_direction,
        meters.token_cache_action,
        meters.token_column,
        cast(
            if(
                priced.charge_category = 'Usage',
                coalesce(priced.quantity, priced.amount_quantity),
                null
            ) as {{ quantity_type() }}
        ) as consumed_quantity,
        case
            when priced.charge_category = 'Usage' and priced.quantity is null then priced.currency
            when priced.charge_category = 'Usage'
                then coalesce(priced.unit, meters.consumed_unit, 'Units')
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
        {% if var('billed_cost_mode') == 'strict' %}
            if(cost_basis in ('Stated', 'Estimated'), cast(0 as {{ money_type() }}), amount)
        {%- else %}
            amount
        {%- endif %} as billed_cost
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
            valued.account_id,
            coalesce(services.service_name, valued.service) || ' (default account)'
        ) as billing_account_name,
        coalesce(billing_accounts.billing_account_type, 'Account') as billing_account_type,
        valued.sub_account_id,
        coalesce(
            sub_accounts.sub_account_name, valued.sub_account_name, valued.sub_account_id
        ) as sub_account_name,
        if(
            valued.sub_account_id is not null, coalesce(services.sub_account_type, 'Project'), null
        ) as sub_account_type,

        -- periods
        date_trunc('month', valued.period_start) as billing_period_start,
        date_trunc('month', valued.period_start) + interval '1 month' as billing_period_end,
        valued.period_start as charge_period_start,
        valued.period_end as charge_period_end,

        -- charge
        valued.charge_category,
        cast(null as varchar) as charge_class,
        valued.charge_frequency,
        coalesce(
            valued.charge_description,
            coalesce(services.service_name, valued.service)
            || coalesce(' ' || valued.model, coalesce(' ' || valued.plan_type, ''))
            || coalesce(' - ' || valued.sku_meter, '')
            || if(valued.service_tier != 'standard', ' (' || valued.service_tier || ')', '')
        ) as charge_description,
        valued.currency as billing_currency,
        valued.billed_cost,
        valued.billed_cost as effective_cost,
        valued.list_cost,
        valued.contracted_cost,
        valued.list_unit_price,
        valued.contracted_unit_price,
        valued.pricing_quantity,
        valued.pricing_unit,
        if(valued.charge_category in ('Usage', 'Purchase'), 'Standard', null) as pricing_category,
        valued.currency as pricing_currency,
        valued.list_unit_price as pricing_currency_list_unit_price,
        valued.contracted_unit_price as pricing_currency_contracted_unit_price,
        valued.billed_cost as pricing_currency_effective_cost,
        valued.consumed_quantity,
        valued.consumed_unit,
        valued.invoice_id,
        cast(null as varchar) as invoice_detail_id,
        coalesce(
            billing_accounts.invoice_issuer_name, services.invoice_issuer_name, valued.service
        ) as invoice_issuer_name,

        -- service and price
        coalesce(services.service_name, valued.service) as service_name,
        coalesce(services.service_category, 'AI and Machine Learning') as service_category,
        coalesce(services.service_subcategory, 'Generative AI') as service_subcategory,
        coalesce(services.service_provider_name, valued.service) as service_provider_name,
        coalesce(services.host_provider_name, valued.service) as host_provider_name,
        coalesce(services.service_provider_name, valued.service) as provider_name,
        coalesce(services.publisher_name, valued.service) as publisher_name,
        valued.sku_id,
        valued.sku_price_id,
        if(
            valued.sku_id is not null, coalesce(valued.sku_meter, valued.sku, 'Other'), null
        ) as sku_meter,
        if(
            valued.sku_price_id is not null and not valued.is_by_amount,
            {{ json_object_text({
                'x_ModelId': 'valued.model_id',
                'x_TokenDirection': 'valued.token_direction',
                'x_TokenCacheAction': 'valued.token_cache_action',
                'x_ServiceTier': 'if(valued.model_id is not null, valued.service_tier, null)',
                'x_PlanType': 'valued.plan_type',
            }) }},
            null
        ) as sku_price_details,
        valued.resource_id,
        cast(null as varchar) as resource_name,
        valued.resource_type,
        cast(null as varchar) as region_id,
        cast(null as varchar) as region_name,
        cast(null as varchar) as availability_zone,
        valued.tags,

        -- commitments, capacity and allocation: none yet
        cast(null as varchar) as capacity_reservation_id,
        cast(null as varchar) as capacity_reservation_status,
        cast(null as varchar) as commitment_discount_category,
        cast(null as varchar) as commitment_discount_id,
        cast(null as varchar) as commitment_discount_name,
        cast(null as {{ pricing_quantity_type() }}) as commitment_discount_quantity,
        cast(null as varchar) as commitment_discount_status,
        cast(null as varchar) as commitment_discount_type,
        cast(null as varchar) as commitment_discount_unit,
        cast(null as varchar) as commitment_program_eligibility_details,
        cast(null as varchar) as contract_applied,
        cast(null as varchar) as allocated_method_id,
        cast(null as varchar) as allocated_method_details,
        cast(null as varchar) as allocated_resource_id,
        cast(null as varchar) as allocated_resource_name,
        cast(null as varchar) as allocated_tags,

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
