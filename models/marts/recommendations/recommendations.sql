{{ config(materialized='table') }}

with recommendation_charges as (
    select * from {{ ref('recommendation_charges') }}
),

model_candidates as (
    select * from {{ ref('model_candidates') }}
),

kinds as (
    select * from {{ ref('recommendation_kinds') }}
),

summed as (
    select
        recommendation_id,
        kind,
        rule_id,
        usage_month,
        service,
        service_name,
        model,
        feature,
        department,
        currency,
        count(*) as charges,
        sum(effective_cost) as effective_cost,
        sum(coalesce(recoverable_cost_now, wasted_cost)) as sure_gain,
        sum(coalesce(recoverable_cost_now + recoverable_cost_at_renewal, wasted_cost))
            as best_gain
    from recommendation_charges
    group by all
),

-- No more can be gained than is charged.
valued as (
    select
        summed.*,
        model_candidates.candidate_id,
        model_candidates.alternative_model,
        model_candidates.alternative_tier,
        coalesce(model_candidates.is_test_first, false) as is_test_first,
        model_candidates.calls,
        least(
            coalesce(summed.sure_gain, model_candidates.low_gain), summed.effective_cost
        ) as low_gain,
        least(
            coalesce(summed.best_gain, model_candidates.high_gain), summed.effective_cost
        ) as high_gain
    from summed
    left join model_candidates on summed.recommendation_id = model_candidates.candidate_id
),

final as (
    select
        valued.recommendation_id,
        cast(row_number() over (
            partition by valued.usage_month, valued.currency
            order by valued.low_gain desc, valued.high_gain desc, valued.recommendation_id asc
        ) as bigint) as recommendation_rank,
        kinds.category as recommendation_category,
        valued.kind as recommendation_kind,
        kinds.title as recommendation_description,
        cast(valued.usage_month as timestamp) as evaluation_period_start,
        valued.usage_month + interval '1 month' as evaluation_period_end,
        valued.service_name,
        valued.department,
        valued.feature,
        valued.model,
        valued.alternative_model,
        valued.alternative_tier,
        concat_ws(
            ' / ', valued.service_name, valued.model, valued.feature, valued.department
        ) as resource_name,
        valued.currency as billing_currency,
        cast(-valued.low_gain as {{ money_type() }}) as estimated_monthly_cost_impact,
        cast(-valued.high_gain as {{ money_type() }}) as best_monthly_cost_impact,
        valued.effective_cost as evaluated_cost,
        valued.charges,
        valued.calls,
        valued.is_test_first,
        kinds.effort as implementation_effort,
        kinds.risk,
        case
            when valued.candidate_id is not null
                then
                    'select * from model_candidates where candidate_id = '''
                    || valued.candidate_id || ''''
            when valued.kind = 'ghost seat'
                then
                    'select distinct ghost_seats.* from recommendation_charges'
                    || ' inner join ghost_seat_charges using (charge_id)'
                    || ' inner join ghost_seats using (seat_id) where recommendation_id = '''
                    || valued.recommendation_id || ''' and recoverable_cost_annualised > 0'
            else
                'select charge_parts.* from charge_parts inner join recommendation_charges'
                || ' using (charge_id) where recommendation_id = '''
                || valued.recommendation_id || ''' and charge_parts.rule_id = '''
                || valued.rule_id || ''''
        end as evidence_query
    from valued
    inner join kinds on valued.kind = kinds.kind
)

select * from final
