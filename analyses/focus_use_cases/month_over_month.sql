-- Month over month: which services grew, and by how much?
-- Asked by: FinOps and engineering leads in the monthly review.
-- FOCUS use case: analyze service costs month over month.
--
-- EffectiveCost by the month in which a charge period starts, from a service's first month to the
-- last month of use: a month without charges is 0 and not left out, or the next would be compared
-- with the wrong one. The last month may still be running; later ones, for which a renewal is dated
-- ahead, have the charges of that alone. Shares are rounded to six decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

monthly as (
    select
        "ServiceProviderName",
        "ServiceName",
        "BillingCurrency",
        date_trunc('month', "ChargePeriodStart") as charge_month,
        sum("EffectiveCost") as effective_cost
    from charges
    group by "ServiceProviderName", "ServiceName", "BillingCurrency", charge_month
),

data_end as (
    select
        date_trunc(
            'month',
            coalesce(
                max("ChargePeriodStart") filter (where "ChargeCategory" = 'Usage'),
                max("ChargePeriodStart")
            )
        ) as last_month
    from charges
),

services as (
    select
        "ServiceProviderName",
        "ServiceName",
        "BillingCurrency",
        min(charge_month) as first_month,
        max(charge_month) as own_last_month
    from monthly
    group by "ServiceProviderName", "ServiceName", "BillingCurrency"
),

calendar as (
    select
        services.*,
        data_end.last_month,
        unnest(
            generate_series(
                services.first_month,
                greatest(services.own_last_month, data_end.last_month),
                interval 1 month
            )
        ) as charge_month
    from services
    cross join data_end
),

complete as (
    select
        calendar."ServiceProviderName",
        calendar."ServiceName",
        calendar."BillingCurrency",
        calendar.charge_month,
        calendar.last_month,
        monthly.effective_cost is not null as has_charges,
        coalesce(monthly.effective_cost, 0) as effective_cost
    from calendar
    left join monthly
        on
            calendar."ServiceProviderName" = monthly."ServiceProviderName"
            and calendar."ServiceName" = monthly."ServiceName"
            and calendar."BillingCurrency" = monthly."BillingCurrency"
            and calendar.charge_month = monthly.charge_month
),

with_previous as (
    select
        *,
        lag(effective_cost) over (
            partition by "ServiceProviderName", "ServiceName", "BillingCurrency"
            order by charge_month
        ) as previous_cost
    from complete
),

final as (
    select
        * exclude (last_month),
        effective_cost - previous_cost as cost_change,
        cast(
            (effective_cost - previous_cost) / nullif(previous_cost, 0) as decimal(18, 6)
        ) as change_share
    from with_previous
    where has_charges or charge_month <= last_month
)

select * from final
order by charge_month asc, effective_cost desc, "ServiceName" asc
