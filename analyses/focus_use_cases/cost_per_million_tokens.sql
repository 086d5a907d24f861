-- Unit economics: what do a million tokens of each model cost us, by kind of token?
-- Asked by: product owners who choose a model, engineers who tune prompts and caches.
-- FOCUS use case: calculate unit economics.
--
-- Only what is priced or billed by tokens counts; seats and credits have no token count. A price
-- per million is a ratio for people to read, rounded to six decimals; no money is made of it.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
    where "ChargeCategory" = 'Usage' and "ConsumedUnit" = 'Tokens'
),

totals as (
    select
        "ServiceName",
        "x_AIModel",
        "BillingCurrency",
        sum("ConsumedQuantity") as tokens,
        sum("x_InputTokens") as input_tokens,
        sum("x_CachedTokens") as cached_tokens,
        sum("x_OutputTokens") as output_tokens,
        sum("EffectiveCost") as effective_cost,
        sum("EffectiveCost") filter (where "x_InputTokens" is not null) as input_cost,
        sum("EffectiveCost") filter (where "x_CachedTokens" is not null) as cached_cost,
        sum("EffectiveCost") filter (where "x_OutputTokens" is not null) as output_cost
    from charges
    group by "ServiceName", "x_AIModel", "BillingCurrency"
),

final as (
    select
        "ServiceName",
        "x_AIModel",
        "BillingCurrency",
        tokens,
        input_tokens,
        cached_tokens,
        output_tokens,
        effective_cost,
        cast(
            effective_cost * 1000000 / nullif(tokens, 0) as decimal(18, 6)
        ) as cost_per_million,
        cast(
            input_cost * 1000000 / nullif(input_tokens, 0) as decimal(18, 6)
        ) as cost_per_million_input,
        cast(
            cached_cost * 1000000 / nullif(cached_tokens, 0) as decimal(18, 6)
        ) as cost_per_million_cached,
        cast(
            output_cost * 1000000 / nullif(output_tokens, 0) as decimal(18, 6)
        ) as cost_per_million_output
    from totals
)

select * from final
order by effective_cost desc, "ServiceName" asc, "x_AIModel" asc
