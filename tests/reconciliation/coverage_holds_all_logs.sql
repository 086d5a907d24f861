-- Each log's tokens and priced money stand once in basis_coverage, per export, and no row of it
-- twice.
with basis_coverage as (
    select * from {{ ref('basis_coverage') }}
),

priced_usage as (
    select * from {{ ref('priced_usage') }}
    where is_billable
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
    where evidence != 'bill'
),

expected as (
    select
        priced_usage.source_dataset,
        sum(priced_usage.quantity) filter (where ends_with(priced_usage.meter, '_tokens'))
            as tokens,
        sum(priced_usage.contracted_cost) as amount
    from priced_usage
    inner join charge_basis
        on {{ basis_condition('priced_usage', "'usage'", 'priced_usage.started_at') }}
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
