-- Anomalies: on which days did a service cost far more or less than it usually does?
-- Asked by: FinOps every morning, the engineer on duty.
-- FOCUS use case: identify anomalous daily spending by service.
--
-- A day is compared with the days of its kind (working day or weekend) in the 42 days before: it
-- is unusual when it lies more than 5 spreads from their median. The spread is the median absolute
-- deviation, at least 5 % of the median and a hundredth of the currency, so that a flat price does
-- not turn cents into alarms. Medians, unlike averages, are not moved by the last outlier. Fewer
-- than 8 such days are too few to judge, and a service that costs nothing on most of them has no
-- usual day: both say so. A day without charges between a service's first and last is 0. Only
-- usage of a day or less counts, for a monthly fee falls on no day. quantile_disc picks a value
-- that is there; DuckDB's median() would interpolate through a DOUBLE.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
    where
        "ChargeCategory" = 'Usage'
        and "ChargeClass" is null
        and "ChargePeriodEnd" <= "ChargePeriodStart" + interval 1 day
),

daily as (
    select
        "ServiceName",
        "BillingCurrency",
        cast("ChargePeriodStart" as date) as charge_day,
        sum("EffectiveCost") as effective_cost
    from charges
    group by "ServiceName", "BillingCurrency", charge_day
),

services as (
    select
        "ServiceName",
        "BillingCurrency",
        cast(
            unnest(generate_series(min(charge_day), max(charge_day), interval 1 day)) as date
        ) as charge_day
    from daily
    group by "ServiceName", "BillingCurrency"
),

days as (
    select
        services."ServiceName",
        services."BillingCurrency",
        services.charge_day,
        isodow(services.charge_day) >= 6 as is_weekend,
        coalesce(daily.effective_cost, 0) as effective_cost
    from services
    left join daily
        on
            services."ServiceName" = daily."ServiceName"
            and services."BillingCurrency" = daily."BillingCurrency"
            and services.charge_day = daily.charge_day
),

pairs as (
    select
        days.*,
        earlier.effective_cost as earlier_cost
    from days
    left join days as earlier
        on
            days."ServiceName" = earlier."ServiceName"
            and days."BillingCurrency" = earlier."BillingCurrency"
            and days.is_weekend = earlier.is_weekend
            and days.charge_day > earlier.charge_day
            and days.charge_day <= earlier.charge_day + 42
),

medians as (
    select
        "ServiceName",
        "BillingCurrency",
        charge_day,
        is_weekend,
        effective_cost,
        list(earlier_cost) filter (where earlier_cost is not null) as earlier_costs,
        count(earlier_cost) as days_compared,
        quantile_disc(earlier_cost, 0.5) as median_cost
    from pairs
    group by all
),

deviations as (
    select
        *,
        unnest(coalesce(earlier_costs, [null])) as earlier_cost
    from medians
),

spreads as (
    select
        "ServiceName",
        "BillingCurrency",
        charge_day,
        is_weekend,
        effective_cost,
        days_compared,
        median_cost,
        greatest(
            quantile_disc(abs(earlier_cost - median_cost), 0.5),
            abs(median_cost) * 0.05,
            0.01
        ) as spread
    from deviations
    group by
        "ServiceName",
        "BillingCurrency",
        charge_day,
        is_weekend,
        effective_cost,
        days_compared,
        median_cost
),

final as (
    select
        "ServiceName",
        "BillingCurrency",
        charge_day,
        is_weekend,
        effective_cost,
        days_compared,
        median_cost,
        spread,
        effective_cost - median_cost as deviation,
        case
            when days_compared < 8 then 'Too few days'
            when median_cost <= 0 then 'No usual day'
            when effective_cost - median_cost > 5 * spread then 'Unusually high'
            when median_cost - effective_cost > 5 * spread then 'Unusually low'
            else 'Usual'
        end as verdict
    from spreads
)

select * from final
order by charge_day desc, abs(deviation) desc, "ServiceName" asc, "BillingCurrency" asc
