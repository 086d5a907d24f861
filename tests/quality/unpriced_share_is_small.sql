-- Usage that should carry money but has no price is shown, and too much of it stops the build.
with usage as (
    select * from {{ ref('usage') }}
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
),

unpriced as (
    select coalesce(sum(quantity), 0) as tokens
    from {{ ref('unpriced_usage') }}
    where carries_money and ends_with(meter, '_tokens')
),

billable as (
    select coalesce(sum(usage.quantity), 0) as tokens
    from usage
    inner join charge_basis
        on {{ basis_condition('usage', "'usage'", 'usage.started_at') }}
    where charge_basis.carries_money and usage.is_billable and ends_with(usage.meter, '_tokens')
)

select
    unpriced.tokens as unpriced_tokens,
    billable.tokens as billable_tokens
from unpriced
cross join billable
where unpriced.tokens > billable.tokens * cast({{ var('max_unpriced_share') }} as decimal(9, 8))
