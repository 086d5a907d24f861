-- The tokens of usage that carries money and has a price or a stated cost are the tokens of
-- current_charges.
with priced_usage as (
    select * from {{ ref('priced_usage') }}
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
    where carries_money and charge_scope = 'usage'
),

charges as (
    select * from {{ ref('current_charges') }}
),

expected as (
    select
        priced_usage.source_dataset,
        sum(priced_usage.quantity) as tokens
    from priced_usage
    inner join charge_basis
        on {{ basis_condition('priced_usage', "'usage'", 'priced_usage.started_at') }}
    where
        priced_usage.is_billable
        and ends_with(priced_usage.meter, '_tokens')
        and (priced_usage.list_unit_price is not null or priced_usage.stated_currency is not null)
    group by all
),

actual as (
    select
        x_source_dataset as source_dataset,
        coalesce(sum(x_input_tokens), 0)
        + coalesce(sum(x_cached_tokens), 0)
        + coalesce(sum(x_output_tokens), 0) as tokens
    from charges
    group by all
)

select
    expected.source_dataset,
    expected.tokens as expected_tokens,
    actual.tokens as actual_tokens
from expected
left join actual on expected.source_dataset = actual.source_dataset
where expected.tokens is distinct from coalesce(actual.tokens, 0)
