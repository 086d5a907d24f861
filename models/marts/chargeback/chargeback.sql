-- A table: BI asks for a department and a month, and grouping a year of charges each time takes
-- longer than such a question may.
{{ config(materialized='table') }}

with charges as (
    select * from {{ ref('charge') }}
),

named as (
    select
        *,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        cast(date_trunc('month', charge_period_start) as date) as charge_month,
        case
            when x_department = 'Unattributed' then 'unattributed'
            when allocated_method_id is not null then 'allocated'
            else 'direct'
        end as attribution_kind
    from charges
),

final as (
    select
        billing_month,
        charge_month,
        x_department as department,
        x_cost_centre as cost_centre,
        x_gl_code as gl_code,
        x_business_unit as business_unit,
        x_project_code as project_code,
        x_feature as feature,
        x_user as user_pseudonym,
        attribution_kind,
        allocated_method_id,
        service_name,
        x_ai_model as ai_model,
        charge_category,
        charge_class,
        x_cost_basis as cost_basis,
        invoice_issuer_name,
        billing_account_id,
        invoice_id,
        billing_currency,
        count(*) as charge_count,
        cast(sum(billed_cost) as {{ money_type() }}) as billed_cost,
        cast(sum(effective_cost) as {{ money_type() }}) as effective_cost,
        cast(sum(list_cost) as {{ money_type() }}) as list_cost,
        cast(sum(contracted_cost) as {{ money_type() }}) as contracted_cost
    from named
    group by all
)

select * from final
