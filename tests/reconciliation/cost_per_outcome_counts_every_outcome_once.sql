-- Per type and month: the outcomes of all groups are those of core, reverted ones apart. A group
-- that has cost in several currencies counts once.
with groups as (
    select distinct
        outcome_type,
        billing_month,
        department,
        feature,
        recorded_outcomes,
        accepted_outcomes,
        reverted_outcomes
    from {{ ref('cost_per_outcome') }}
    where recorded_outcomes is not null
),

counted as (
    select
        outcome_type,
        billing_month,
        sum(recorded_outcomes) as recorded_outcomes,
        sum(accepted_outcomes) as accepted_outcomes,
        sum(reverted_outcomes) as reverted_outcomes
    from groups
    group by all
),

outcomes as (
    select
        outcome_type,
        cast(date_trunc('month', occurred_at) as date) as billing_month,
        sum(quantity) as recorded_outcomes,
        coalesce(sum(quantity) filter (where status != 'reversed'), 0) as accepted_outcomes,
        coalesce(sum(quantity) filter (where status = 'reversed'), 0) as reverted_outcomes
    from {{ ref('outcomes') }}
    group by all
)

select
    coalesce(outcomes.outcome_type, counted.outcome_type) as outcome_type,
    coalesce(outcomes.billing_month, counted.billing_month) as billing_month,
    outcomes.recorded_outcomes,
    counted.recorded_outcomes as counted_outcomes
from outcomes
full outer join counted
    on
        outcomes.outcome_type = counted.outcome_type
        and outcomes.billing_month = counted.billing_month
where
    outcomes.recorded_outcomes is distinct from counted.recorded_outcomes
    or outcomes.accepted_outcomes is distinct from counted.accepted_outcomes
    or outcomes.reverted_outcomes is distinct from counted.reverted_outcomes
