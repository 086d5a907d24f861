-- Each log's tokens and priced money stand once in basis_coverage, per export, and no row of it
-- twice.
with basis_coverage as (
    select * from {{ ref('basis_coverage') }}
),

sourced_usage as (
    select * from {{ ref('sourced_usage') }}
    where is_billable and evidence != 'bill'
),

expected as (
    select
        source_dataset,
        sum(quantity) filter (where ends_with(meter, '_tokens'))
            as tokens,
        sum(contracted_cost) as amount
    from sourced_usage
    group by all
),

actual as (
    select
        source_dataset,
        sum(logged_tokens) as tokens,
        sum(logged_cost) as amount
    from basis_coverage
    where side = 'log' and charge_scope = 'usage'
    group by all
),

repeated as (
    select source_dataset
    from basis_coverage
    group by source_dataset, service, account_id, charge_scope, billing_month, currency
    having count(*) > 1
)

select
    coalesce(expected.source_dataset, actual.source_dataset) as source_dataset,
    expected.tokens as tokens_in_usage,
    actual.tokens as tokens_here,
    expected.amount as cost_in_usage,
    actual.amount as cost_here
from expected
full outer join actual on expected.source_dataset = actual.source_dataset
where
    coalesce(expected.tokens, 0) != coalesce(actual.tokens, 0)
    or coalesce(expected.amount, 0) != coalesce(actual.amount, 0)
    or actual.source_dataset is null
union all
select
    source_dataset,
    null as tokens_in_usage,
    null as tokens_here,
    null as cost_in_usage,
    null as cost_here
from repeated
