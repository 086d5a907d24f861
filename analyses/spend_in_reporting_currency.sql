-- What does all of it cost per month, in one currency, and what is missing in that total?
-- Charges without an exchange rate are in no amount; they are counted beside it.
with converted as (
    select * from {{ ref('charge_in_reporting_currency') }}
),

final as (
    select
        date_trunc('month', charge_period_start) as charge_month,
        any_value(reporting_currency) as reporting_currency,
        {{ total('billed_cost_in_reporting_currency', 'reporting_currency') }} as billed_cost,
        {{ total('effective_cost_in_reporting_currency', 'reporting_currency') }}
            as effective_cost,
        count(distinct billing_currency) as billing_currencies,
        count(*) filter (where conversion_status = 'no rate') as charges_without_rate
    from converted
    group by all
)

select * from final
order by charge_month
