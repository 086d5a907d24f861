-- Usage that should carry money but has no price is shown, and too much of it stops the build.
with sourced_usage as (
    select * from {{ ref('sourced_usage') }}
),

unpriced as (
    select coalesce(sum(quantity), 0) as tokens
    from {{ ref('unpriced_usage') }}
    where is_billing_source and ends_with(meter, '_tokens')
),

billable as (
    select coalesce(sum(quantity), 0) as tokens
    from sourced_usage
    where is_billing_source and is_billable and ends_with(meter, '_tokens')
)

select
    unpriced.tokens as unpriced_tokens,
    billable.tokens as billable_tokens
from unpriced
cross join billable
where unpriced.tokens > billable.tokens * cast({{ var('max_unpriced_share') }} as decimal(9, 8))
