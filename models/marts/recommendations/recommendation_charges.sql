{{ config(materialized='table') }}

with charge as (
    select * from {{ ref('charge') }}
),

charge_parts as (
    select * from {{ ref('charge_parts') }}
    where classification = 'Waste' and effective_cost > 0
),

ghost_seat_charges as (
    select * from {{ ref('ghost_seat_charges') }}
),

ghost_seats as (
    select * from {{ ref('ghost_seats') }}
    where recoverable_cost_annualised > 0
),

model_candidates as (
    select * from {{ ref('model_candidates') }}
    where gain_kind = 'money'
),

kinds as (
    select * from {{ ref('recommendation_kinds') }}
),

charges as (
    select
        charge_id,
        cast(date_trunc('month', charge_period_start) as date) as usage_month,
        charge_period_end,
        service,
        service_name,
        x_ai_model as model,
        x_feature as feature,
        x_department as department,
        billing_currency as currency,
        charge_category,
        effective_cost,
        billed_cost
    from charge
),

subjects as (
    select
        *,
        md5(concat_ws(
            chr(31), usage_month, service, department, currency, coalesce(model, chr(30)),
            coalesce(feature, chr(30))
        )) as subject_id
    from charges
),

-- A charge feeds one recommendation: of several findings inside it the largest.
found as (
    select
        subjects.*,
        charge_parts.rule_id,
        charge_parts.finding as kind,
        charge_parts.effective_cost as wasted_cost
    from subjects
    inner join charge_parts
        on
            subjects.charge_id = charge_parts.charge_id
            and subjects.effective_cost = charge_parts.charge_effective_cost
            and subjects.billed_cost = charge_parts.charge_billed_cost
    inner join kinds on charge_parts.finding = kinds.kind
    qualify
        row_number() over (
            partition by subjects.charge_id
            order by charge_parts.effective_cost desc, charge_parts.rule_id asc
        ) = 1
),

-- A seat is given back in one month, and gives back what its contract lets go.
ghosts as (
    select
        found.* replace (
            ghost_seats.month_start as usage_month,
            ghost_seats.department as department
        ),
        ghost_seats.recoverable_cost_now,
        ghost_seats.recoverable_cost_at_renewal,
        row_number() over (partition by ghost_seats.seat_id order by found.charge_id asc)
            as charge_order
    from found
    inner join ghost_seat_charges
        on
            found.charge_id = ghost_seat_charges.charge_id
            and found.kind = ghost_seat_charges.finding
    inner join ghost_seats
        on
            ghost_seat_charges.seat_id = ghost_seats.seat_id
            and found.currency = ghost_seats.currency
            and found.usage_month <= ghost_seats.month_start
            and found.charge_period_end > ghost_seats.month_start
),

-- Of several charges of a seat the first brings what it gives back.
wasted as (
    select * from found
    where kind != 'ghost seat'
    union all by name
    select
        * exclude (charge_order, recoverable_cost_now, recoverable_cost_at_renewal),
        if(charge_order = 1, recoverable_cost_now, 0) as recoverable_cost_now,
        if(charge_order = 1, recoverable_cost_at_renewal, 0) as recoverable_cost_at_renewal
    from ghosts
),

wasted_by_subject as (
    select
        subject_id,
        sum(wasted_cost) as wasted_cost
    from wasted
    group by subject_id
),

-- The same calls stand at several alternatives: the one with most to gain for sure, then at best.
candidates as (
    select
        *,
        md5(concat_ws(
            chr(31), usage_month, service, department, currency, coalesce(model, chr(30)),
            coalesce(feature, chr(30))
        )) as subject_id
    from model_candidates
    qualify
        row_number() over (
            partition by subject_id order by low_gain desc, high_gain desc, candidate_id asc
        ) = 1
),

-- Usage of which both waste and an alternative speak belongs to what is larger for sure.
chosen as (
    select candidates.*
    from candidates
    inner join kinds on candidates.alternative = kinds.kind
    left join wasted_by_subject on candidates.subject_id = wasted_by_subject.subject_id
    where
        wasted_by_subject.subject_id is null
        or candidates.low_gain > wasted_by_subject.wasted_cost
),

of_waste as (
    select
        wasted.charge_id,
        md5(concat_ws(
            chr(31), wasted.usage_month, wasted.rule_id, wasted.service, wasted.department,
            wasted.currency
        )) as recommendation_id,
        wasted.kind,
        wasted.rule_id,
        wasted.usage_month,
        wasted.service,
        wasted.service_name,
        cast(null as varchar) as model,
        cast(null as varchar) as feature,
        wasted.department,
        wasted.currency,
        wasted.effective_cost,
        wasted.wasted_cost,
        wasted.recoverable_cost_now,
        wasted.recoverable_cost_at_renewal
    from wasted
    anti join chosen on wasted.subject_id = chosen.subject_id
),

of_candidates as (
    select
        subjects.charge_id,
        chosen.candidate_id as recommendation_id,
        chosen.alternative as kind,
        cast(null as varchar) as rule_id,
        subjects.usage_month,
        subjects.service,
        subjects.service_name,
        subjects.model,
        subjects.feature,
        subjects.department,
        subjects.currency,
        subjects.effective_cost,
        cast(null as {{ money_type() }}) as wasted_cost,
        cast(null as {{ money_type() }}) as recoverable_cost_now,
        cast(null as {{ money_type() }}) as recoverable_cost_at_renewal
    from subjects
    inner join chosen on subjects.subject_id = chosen.subject_id
    where subjects.charge_category = 'Usage' and subjects.effective_cost > 0
),

final as (
    select * from of_waste
    union all
    select * from of_candidates
)

select * from final
