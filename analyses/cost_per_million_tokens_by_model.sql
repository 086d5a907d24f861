-- Tokens of each model and what they cost. Cost per million is a ratio for people to read; money is
-- never computed from it.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
    where "ConsumedUnit" = 'Tokens'
),

final as (
    select
        "ServiceName",
        "x_AIModel",
        "BillingCurrency",
        sum("x_InputTokens") as input_tokens,
        sum("x_CachedTokens") as cached_tokens,
        sum("x_OutputTokens") as output_tokens,
        sum("BilledCost") as billed_cost,
        round(sum("BilledCost") * 1000000 / sum("ConsumedQuantity"), 4) as cost_per_million_tokens
    from charges
    group by "ServiceName", "x_AIModel", "BillingCurrency"
)

select * from final
order by billed_cost desc
