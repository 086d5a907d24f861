{{ config(materialized='table') }}

with lines as (
    select * from {{ ref('allocated_lines') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

charge_classification as (
    select * from {{ ref('charge_classification') }}
),

charge_utilisation as (
    select * from {{ ref('charge_utilisation') }}
),

final as (
    select
        lines.charge_id,
        lines.service,
        lines.billing_account_id,
        lines.billing_account_name,
        lines.billing_account_type,
        lines.sub_account_id,
        lines.sub_account_name,
        lines.sub_account_type,
        lines.billing_period_start,
        lines.billing_period_end,
        lines.charge_period_start,
        lines.charge_period_end,
        lines.charge_category,
        lines.charge_class,
        lines.charge_frequency,
        lines.charge_description,
        lines.billing_currency,
        lines.billed_cost,
        lines.effective_cost,
        lines.list_cost,
        lines.contracted_cost,
        lines.list_unit_price,
        lines.contracted_unit_price,
        lines.pricing_quantity,
        lines.pricing_unit,
        lines.pricing_category,
        lines.pricing_currency,
        lines.pricing_currency_list_unit_price,
        lines.pricing_currency_contracted_unit_price,
        lines.pricing_currency_effective_cost,
        lines.consumed_quantity,
        lines.consumed_unit,
        lines.invoice_id,
        lines.invoice_detail_id,
        lines.invoice_issuer_name,
        lines.service_name,
        lines.service_category,
        lines.service_subcategory,
        lines.service_provider_name,
        lines.host_provider_name,
        lines.provider_name,
        lines.publisher_name,
        lines.sku_id,
        lines.sku_price_id,
        lines.sku_meter,
        lines.sku_price_details,
        lines.resource_id,
        lines.resource_name,
        lines.resource_type,
        lines.region_id,
        lines.region_name,
        lines.availability_zone,
        if(
            classes.classification = 'Unclassified',
            lines.tags,
            cast(json_merge_patch(
                coalesce(lines.tags, '{}'),
                json_object('ai_spend:classification', classes.classification)
            ) as varchar)
        ) as tags,
        lines.capacity_reservation_id,
        lines.capacity_reservation_status,
        lines.commitment_discount_category,
        lines.commitment_discount_id,
        lines.commitment_discount_name,
        lines.commitment_discount_quantity,
        lines.commitment_discount_status,
        lines.commitment_discount_type,
        lines.commitment_discount_unit,
        lines.commitment_program_eligibility_details,
        lines.contract_applied,
        lines.allocated_method_id,
        lines.allocated_method_details,
        lines.allocated_resource_id,
        lines.allocated_resource_name,
        lines.allocated_tags,
        lines.x_ai_model,
        lines.x_ai_vendor,
        if(lines.token_column = 'input', lines.consumed_quantity, null) as x_input_tokens,
        if(lines.token_column = 'output', lines.consumed_quantity, null) as x_output_tokens,
        if(lines.token_column = 'cached', lines.consumed_quantity, null) as x_cached_tokens,
        lines.x_plan_type,
        charge_utilisation.utilisation as x_utilisation_pct,
        lines.x_is_agentic,
        attribution.gl_code as x_gl_code,
        attribution.cost_centre as x_cost_centre,
        attribution.department_name as x_department,
        attribution.project_code as x_project_code,
        attribution.business_unit as x_business_unit,
        attribution.service_now_ci as x_service_now_ci,
        attribution.service_now_cost_centre as x_service_now_cost_centre,
        attribution.jira_project as x_jira_project,
        attribution.jira_team as x_jira_team,
        coalesce(lines.feature, attribution.ruled_feature) as x_feature,
        attribution.person as x_user,
        lines.x_cache_hit,
        classes.classification as x_classification,
        lines.x_cost_basis,
        attribution.attribution_source as x_attribution_source,
        lines.x_source_dataset,
        -- No month is closed here yet: only charge fills these.
        cast(null as date) as corrected_billing_month,
        cast(null as varchar) as corrected_charge_id,
        cast(null as varchar) as correction_entry,
        cast(null as varchar) as correction_cause
    from lines
    inner join attribution on lines.evidence_key = attribution.evidence_key
    inner join charge_classification as classes on lines.charge_id = classes.charge_id
    left join charge_utilisation on lines.charge_id = charge_utilisation.charge_id
)

select * from final
