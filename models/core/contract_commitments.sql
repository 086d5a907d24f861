{{ config(materialized='table') }}

with contracts as (
    select * from {{ ref('contracts') }}
),

services as (
    select * from {{ ref('services') }}
),

charges as (
    select max(charge_period_start) as known_until
    from {{ ref('charge') }}
),

final as (
    select
        contracts.contract_id,
        cast(contracts.contract_start as timestamp) as contract_period_start,
        cast(contracts.contract_end as timestamp) as contract_period_end,
        contracts.contract_commitment_id,
        contracts.contract_commitment_type,
        contracts.contract_commitment_category,
        contracts.contract_commitment_description,
        cast(contracts.commitment_start as timestamp) as contract_commitment_period_start,
        cast(contracts.commitment_end as timestamp) as contract_commitment_period_end,
        -- The register knows what ended early; what is left follows from the period, seen from the
        -- latest charge, so that a build of the same files gives the same rows on any day.
        case
            when contracts.lifecycle_status is not null then contracts.lifecycle_status
            when charges.known_until < contracts.commitment_start then 'Pending'
            when charges.known_until >= contracts.commitment_end then 'Expired'
            else 'Active'
        end as contract_commitment_lifecycle_status,
        contracts.billing_currency,
        contracts.commitment_cost as contract_commitment_cost,
        contracts.commitment_quantity as contract_commitment_quantity,
        contracts.commitment_unit as contract_commitment_unit,
        coalesce(contracts.pricing_currency, contracts.billing_currency) as pricing_currency,
        coalesce(
            contracts.pricing_currency_commitment_cost, contracts.commitment_cost
        ) as pricing_currency_contract_commitment_cost,
        contracts.benefit_category as contract_commitment_benefit_category,
        contracts.discount_percentage as contract_commitment_discount_percentage,
        contracts.duration_type as contract_commitment_duration_type,
        contracts.commitment_model as contract_commitment_model,
        contracts.fulfillment_interval as contract_commitment_fulfillment_interval,
        contracts.offer_category as contract_commitment_offer_category,
        contracts.payment_model as contract_commitment_payment_model,
        contracts.payment_interval as contract_commitment_payment_interval,
        cast(
            case contracts.payment_model
                when 'All Upfront' then 1
                when 'No Upfront' then 0
                else contracts.payment_upfront_percentage
            end as decimal(9, 8)
        ) as contract_commitment_payment_upfront_percentage,
        '{"InclusionOperator":"And","Inclusions":[{"Dimension":"ServiceName","Operator":"In",'
        || '"Values":[' || to_json(services.service_name) || ']}]}'
            as contract_commitment_applicability,
        cast(contracts.created_on as timestamp) as contract_commitment_created,
        cast(contracts.updated_on as timestamp) as contract_commitment_last_updated,
        services.invoice_issuer_name,
        services.service_provider_name,
        contracts.service
    from contracts
    cross join charges
    left join services on contracts.service = services.service
)

select * from final
