-- Effective savings rate: what did negotiated prices and commitments save, by service?
-- Asked by: procurement before it negotiates, FinOps when it reports on commitments.
-- FOCUS use cases: determine effective savings rate, also by service.
--
-- From list to contracted price is negotiated, from contracted to effective cost is what
-- commitments, included quantities and discounts on the bill add. Usage and purchases only; buying
-- a commitment is left out, for the usage it covers carries its cost. list_cost_without_price has
-- no list price behind it but the amount itself, so that its saving cannot be seen. Rates are
-- rounded to six decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
    where
        "ChargeCategory" = 'Usage'
        or ("ChargeCategory" = 'Purchase' and "CommitmentDiscountId" is null)
),

totals as (
    select
        "ServiceProviderName",
        "ServiceName",
        "BillingCurrency",
        sum("ListCost") as list_cost,
        sum("ContractedCost") as contracted_cost,
        sum("EffectiveCost") as effective_cost,
        sum(if("PricingUnit" = "BillingCurrency", "ListCost", 0)) as list_cost_without_price
    from charges
    group by "ServiceProviderName", "ServiceName", "BillingCurrency"
),

final as (
    select
        *,
        list_cost - contracted_cost as negotiated_savings,
        contracted_cost - effective_cost as further_savings,
        list_cost - effective_cost as savings,
        cast(
            (list_cost - effective_cost) / nullif(list_cost, 0) as decimal(18, 6)
        ) as savings_rate_on_list,
        cast(
            (contracted_cost - effective_cost) / nullif(contracted_cost, 0) as decimal(18, 6)
        ) as effective_savings_rate
    from totals
)

select * from final
order by savings desc, "ServiceName" asc, "BillingCurrency" asc
