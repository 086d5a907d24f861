{{ config(materialized='table') }}

with charge as (
    select * from {{ ref('charge') }}
),

charge_parts as (
    select * from {{ ref('charge_parts') }}
),

-- A row of a closed month costs what it cost then, and its correction has no usage of its own:
-- where that is not today's cost, the word that the charge was booked with stands for all of it.
parts as (
    select
        cast(charge.billing_period_start as date) as billing_month,
        charge.billing_currency as currency,
        charge.service_name,
        charge.x_department as department,
        charge.x_cost_centre as cost_centre,
        charge.x_project_code as project_code,
        charge.x_feature as feature,
        charge.x_ai_model as model,
        coalesce(
            charge_parts.classification, charge.x_classification, 'Unclassified'
        ) as classification,
        charge_parts.rule_id,
        charge_parts.finding,
        coalesce(charge_parts.seen_as, 'closed') as seen_as,
        charge.charge_id,
        charge.x_cost_basis,
        coalesce(charge_parts.usage_rows, 0) as usage_rows,
        coalesce(charge_parts.effective_cost, charge.effective_cost) as effective_cost,
        coalesce(charge_parts.billed_cost, charge.billed_cost) as billed_cost
    from charge
    left join charge_parts
        on
            charge.charge_id = charge_parts.charge_id
            and charge.effective_cost = charge_parts.charge_effective_cost
            and charge.billed_cost = charge_parts.charge_billed_cost
),

final as (
    select
        billing_month,
        currency,
        service_name,
        department,
        cost_centre,
        project_code,
        feature,
        model,
        classification,
        rule_id,
        finding,
        seen_as,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis,
        count(distinct charge_id) as charges,
        cast(sum(usage_rows) as bigint) as usage_rows,
        sum(effective_cost) as effective_cost,
        sum(billed_cost) as billed_cost
    from parts
    group by all
)

select * from final
