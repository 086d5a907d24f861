{{ config(materialized='table') }}

with contracts as (
    select * from {{ ref('contracts') }}
),

services as (
    select * from {{ ref('services') }}
),

charges as (
    select * from {{ ref('charge') }}
),

data_ends as (
    select * from {{ ref('data_ends') }}
),

drawn as (
    select
        commitment_discount_id as contract_commitment_id,
        sum(effective_cost) as drawn_cost,
        max(charge_period_start) as drawn_until
    from charges
    where commitment_discount_status = 'Used'
    group by commitment_discount_id
),

-- The register knows what ended early; what is left follows from the charges that drew on it and
-- from the period, seen from the end of the data, so that a build of the same files gives the same
-- rows on any day. It begins with the company's newest day and ends with the service's own.
states as (
    select
        contracts.*,
        drawn.drawn_until,
        case
            when contracts.lifecycle_status is not null then contracts.lifecycle_status
            when
                contracts.drawn_down and drawn.drawn_cost >= contracts.commitment_cost
                then 'Exhausted'
            when data_ends.newest_day < contracts.commitment_start then 'Pending'
            when data_ends.known_until >= contracts.commitment_end then 'Expired'
            else 'Active'
        end as current_status
    from contracts
    left join data_ends on contracts.service = data_ends.service
    left join drawn on contracts.contract_commitment_id = drawn.contract_commitment_id
),

final as (
    select
        states.contract_id,
        cast(states.contract_start as timestamp) as contract_period_start,
        cast(states.contract_end as timestamp) as contract_period_end,
        states.contract_commitment_id,
        states.contract_commitment_type,
        states.contract_commitment_category,
        states.contract_commitment_description,
        cast(states.commitment_start as timestamp) as contract_commitment_period_start,
        cast(states.commitment_end as timestamp) as contract_commitment_period_end,
        states.current_status as contract_commitment_lifecycle_status,
        states.billing_currency,
        states.commitment_cost as contract_commitment_cost,
        states.commitment_quantity as contract_commitment_quantity,
        states.commitment_unit as contract_commitment_unit,
        coalesce(states.pricing_currency, states.billing_currency) as pricing_currency,
        coalesce(
            states.pricing_currency_commitment_cost, states.commitment_cost
        ) as pricing_currency_contract_commitment_cost,
        states.benefit_category as contract_commitment_benefit_category,
        states.discount_percentage as contract_commitment_discount_percentage,
        states.duration_type as contract_commitment_duration_type,
        states.commitment_model as contract_commitment_model,
        states.fulfillment_interval as contract_commitment_fulfillment_interval,
        states.offer_category as contract_commitment_offer_category,
        states.payment_model as contract_commitment_payment_model,
        states.payment_interval as contract_commitment_payment_interval,
        cast(
            case states.payment_model
                when 'All Upfront' then 1
                when 'No Upfront' then 0
                else states.payment_upfront_percentage
            end as decimal(9, 8)
        ) as contract_commitment_payment_upfront_percentage,
        '{"InclusionOperator":"And","Inclusions":[{"Dimension":"ServiceName","Operator":"In",'
        || '"Values":[' || to_json(services.service_name) || ']}]}'
            as contract_commitment_applicability,
        cast(states.created_on as timestamp) as contract_commitment_created,
        -- Coming into effect, being used up and running out change the row, too.
        cast(
            case states.current_status
                when 'Exhausted' then greatest(states.updated_on, states.drawn_until)
                when 'Active' then greatest(states.updated_on, states.commitment_start)
                when 'Expired' then greatest(states.updated_on, states.commitment_end)
                else states.updated_on
            end as timestamp
        ) as contract_commitment_last_updated,
        coalesce(states.invoice_issuer_name, services.invoice_issuer_name) as invoice_issuer_name,
        services.service_provider_name,
        states.service
    from states
    left join services on states.service = services.service
)

select * from final
