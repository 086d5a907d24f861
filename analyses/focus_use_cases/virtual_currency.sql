-- Virtual currency: how many credits were used, and what is a credit worth and what did it cost?
-- Asked by: owners of tools that are sold in credits, procurement before it buys more of them.
-- FOCUS use cases: consumption, purchase, target and contracted savings of virtual currency.
--
-- A credit is a PricingCurrency that is no national currency. FOCUS wants a code of ISO 4217 there,
-- whose word for none of them is XXX; then PricingUnit says which credits. Included credits are
-- used and cost nothing: the price paid is over all of them. Prices of a credit are ratios, rounded
-- to eight decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

currency_codes as (
    select * from {{ ref('currency_codes') }}
),

credit_charges as (
    select
        charges.*,
        if(
            currency_codes.currency_code is null and charges."PricingCurrency" != 'XXX',
            charges."PricingCurrency",
            charges."PricingUnit"
        ) as virtual_currency
    from charges
    left join currency_codes on charges."PricingCurrency" = currency_codes.currency_code
    where
        (
            charges."ChargeCategory" = 'Usage'
            and charges."PricingCurrency" is not null
            and currency_codes.currency_code is null
        )
        or (
            charges."ChargeCategory" = 'Purchase'
            and regexp_matches(charges."PricingUnit", '\bcredits?\b', 'i')
        )
),

-- Buying credits is a Purchase, for money, whose quantity is credits; using them burns
-- PricingCurrencyEffectiveCost.
counted as (
    select
        *,
        if(
            "ChargeCategory" = 'Usage', "PricingCurrencyEffectiveCost", null
        ) as credits_used,
        if("ChargeCategory" = 'Purchase', "PricingQuantity", null) as credits_bought
    from credit_charges
),

totals as (
    select
        date_trunc('month', "ChargePeriodStart") as charge_month,
        "ServiceName",
        virtual_currency,
        "BillingCurrency",
        sum(credits_used) as credits_used,
        sum(credits_bought) as credits_bought,
        sum("ListCost") filter (where "ChargeCategory" = 'Usage') as list_cost_used,
        sum("ContractedCost") filter (where "ChargeCategory" = 'Usage') as contracted_cost_used,
        sum("EffectiveCost") filter (where "ChargeCategory" = 'Usage') as effective_cost_used,
        sum("BilledCost") as billed_cost
    from counted
    group by charge_month, "ServiceName", virtual_currency, "BillingCurrency"
),

final as (
    select
        charge_month,
        "ServiceName",
        virtual_currency,
        "BillingCurrency",
        credits_used,
        credits_bought,
        list_cost_used,
        list_cost_used - contracted_cost_used as contracted_savings,
        effective_cost_used,
        billed_cost,
        cast(list_cost_used / nullif(credits_used, 0) as decimal(18, 8)) as list_price_of_credit,
        cast(
            effective_cost_used / nullif(credits_used, 0) as decimal(18, 8)
        ) as effective_price_of_credit
    from totals
)

select * from final
order by charge_month asc, "ServiceName" asc, virtual_currency asc, "BillingCurrency" asc
