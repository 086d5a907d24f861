-- No more outcomes are covered or reverted than there are, and a group has one row per currency.
with rows_of_groups as (
    select
        *,
        count(*) over (
            partition by outcome_type, billing_month, department, feature, currency
        ) as same_rows
    from {{ ref('cost_per_outcome') }}
)

select
    outcome_type,
    billing_month,
    department,
    feature,
    currency
from rows_of_groups
where
    same_rows > 1
    or covered_outcomes > recorded_outcomes
    or reverted_outcomes > recorded_outcomes
    or reverted_later_outcomes > reverted_outcomes
    or assumed_outcomes > accepted_outcomes
    or outcome_coverage > 1
