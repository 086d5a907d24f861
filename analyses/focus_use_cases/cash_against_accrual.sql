-- Cash against accrual: what was billed in a month, and what of it belongs to that month?
-- Asked by: accountants at month end, treasury when it plans payments.
-- FOCUS use case: cash and accrual view of cost by billing period.
--
-- Cash is BilledCost by billing period; accrual is EffectiveCost in the months of its charge
-- period. A charge period over several months (a yearly licence) is spread over them by time, in
-- whole millionths, and the last month takes the rest, so that the parts are the charge to the
-- last digit. prepaid_balance above 0 is paid ahead, below 0 is used and not yet billed, both
-- since the first month of the data. A balance that never closes is a commitment whose purchase is
-- not in the data.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
),

cash as (
    select
        "BillingPeriodStart" as month_start,
        "InvoiceIssuerName",
        "BillingCurrency",
        sum("BilledCost") as billed_cost,
        sum(if("x_CostBasis" = 'Invoiced', 0, "BilledCost")) as not_yet_invoiced
    from charges
    group by month_start, "InvoiceIssuerName", "BillingCurrency"
),

periods as (
    select
        "InvoiceIssuerName",
        "BillingCurrency",
        "ChargePeriodStart" as period_start,
        greatest("ChargePeriodEnd", "ChargePeriodStart" + interval 1 second) as period_end,
        sum("EffectiveCost") as effective_cost
    from charges
    -- A prepayment has nothing to spread over its term: what it covers has.
    where "EffectiveCost" != 0
    group by "InvoiceIssuerName", "BillingCurrency", period_start, period_end
),

months as (
    select
        *,
        unnest(
            generate_series(
                date_trunc('month', period_start),
                date_trunc('month', period_end - interval 1 second),
                interval 1 month
            )
        ) as month_start
    from periods
),

timed as (
    select
        *,
        cast(date_diff('second', period_start, period_end) as hugeint) as all_seconds,
        cast(
            date_diff(
                'second',
                greatest(period_start, month_start),
                least(period_end, month_start + interval 1 month)
            ) as hugeint
        ) as month_seconds,
        month_start + interval 1 month >= period_end as is_last_month
    from months
),

-- Whole numbers throughout: dividing decimals would give a DOUBLE.
parts as (
    select
        *,
        cast(
            cast(
                cast(effective_cost * 1000000 as hugeint) * month_seconds // all_seconds
                as decimal(32, 0)
            ) * 0.000001 as decimal(38, 18)
        ) as proportional_part
    from timed
),

accrued as (
    select
        month_start,
        "InvoiceIssuerName",
        "BillingCurrency",
        if(
            is_last_month,
            effective_cost - coalesce(
                sum(if(is_last_month, 0, proportional_part)) over (
                    partition by "InvoiceIssuerName", "BillingCurrency", period_start, period_end
                ),
                0
            ),
            proportional_part
        ) as effective_cost
    from parts
),

accrual as (
    select
        month_start,
        "InvoiceIssuerName",
        "BillingCurrency",
        sum(effective_cost) as accrued_cost
    from accrued
    group by month_start, "InvoiceIssuerName", "BillingCurrency"
),

compared as (
    select
        coalesce(cash.month_start, accrual.month_start) as month_start,
        coalesce(cash."InvoiceIssuerName", accrual."InvoiceIssuerName") as issuer,
        coalesce(cash."BillingCurrency", accrual."BillingCurrency") as billing_currency,
        coalesce(cash.billed_cost, 0) as billed_cost,
        coalesce(cash.not_yet_invoiced, 0) as not_yet_invoiced,
        coalesce(accrual.accrued_cost, 0) as accrued_cost
    from cash
    full outer join accrual
        on
            cash.month_start = accrual.month_start
            and cash."InvoiceIssuerName" = accrual."InvoiceIssuerName"
            and cash."BillingCurrency" = accrual."BillingCurrency"
),

final as (
    select
        month_start,
        issuer as "InvoiceIssuerName",
        billing_currency as "BillingCurrency",
        billed_cost,
        not_yet_invoiced,
        accrued_cost,
        billed_cost - accrued_cost as difference,
        sum(billed_cost - accrued_cost) over (
            partition by issuer, billing_currency order by month_start
        ) as prepaid_balance
    from compared
)

select * from final
order by "InvoiceIssuerName" asc, "BillingCurrency" asc, month_start asc
