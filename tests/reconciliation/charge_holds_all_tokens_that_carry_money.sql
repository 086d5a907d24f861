-- The tokens of usage that is charged and has a price or a stated cost are the tokens of
-- current_charges.
with sourced_usage as (
    select * from {{ ref('sourced_usage') }}
    where is_billing_source
),

charges as (
    select * from {{ ref('current_charges') }}
),

expected as (
    select
        source_dataset,
        sum(quantity) as tokens
    from sourced_usage
    where
        is_billable
        and ends_with(meter, '_tokens')
        and (list_unit_price is not null or stated_currency is not null)
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
