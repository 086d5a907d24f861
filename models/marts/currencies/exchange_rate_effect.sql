-- A table: it compares every month with the one before, and BI asks for a few of them.
{{ config(materialized='table') }}
{%- set money = money_type() %}
with charge as (
    select * from {{ ref('charge') }}
),

converted as (
    select * from {{ ref('charge_in_reporting_currency') }}
),

data_ends as (
    select * from {{ ref('data_ends') }}
),

exchange_rates as (
    select
        *,
        lead(valid_from) over (
            partition by from_currency, to_currency
            order by valid_from asc
        ) as valid_to
    from {{ ref('exchange_rates') }}
),

-- One unknown amount makes the month's unknown. What is converted at another rate is rounded as
-- in charge_in_reporting_currency, so that the parts add up.
by_month as (
    select
        date_trunc('month', charge.charge_period_start) as charge_month,
        charge.service_name,
        charge.billing_currency,
        converted.reporting_currency,
        sum(charge.effective_cost) as effective_cost,
        sum(try_cast(charge.effective_cost as {{ payable_type() }})) as convertible_cost,
        if(
            bool_and(converted.conversion_status != 'no rate'),
            sum(converted.effective_cost_in_reporting_currency),
            null
        ) as cost_in_reporting_currency
    from charge
    inner join converted on charge.charge_id = converted.charge_id
    group by all
),

-- Each month beside the one before it, also where one of them has no charges: that is 0.
paired as (
    select
        coalesce(later.charge_month, earlier.charge_month + interval 1 month) as charge_month,
        coalesce(later.service_name, earlier.service_name) as service_name,
        coalesce(later.billing_currency, earlier.billing_currency) as billing_currency,
        coalesce(later.reporting_currency, earlier.reporting_currency) as reporting_currency,
        later.charge_month is not null as has_charges,
        coalesce(earlier.effective_cost, 0) as previous_effective_cost,
        coalesce(later.effective_cost, 0) as effective_cost,
        coalesce(earlier.convertible_cost, 0) as previous_convertible_cost,
        coalesce(later.convertible_cost, 0) as convertible_cost,
        if(earlier.charge_month is null, 0, earlier.cost_in_reporting_currency)
            as previous_cost_in_reporting_currency,
        if(later.charge_month is null, 0, later.cost_in_reporting_currency)
            as cost_in_reporting_currency
    from by_month as later
    full outer join by_month as earlier
        on
            later.service_name = earlier.service_name
            and later.billing_currency = earlier.billing_currency
            and later.charge_month = earlier.charge_month + interval 1 month
),

-- After the newest month of the data only what is dated ahead is known: that is no drop to 0.
months as (
    select
        min(charge_month) as first_month,
        {{ last_month('charge_month', 'data_ends') }} as last_month
    from by_month
),

rated as (
    select
        paired.*,
        if(
            paired.billing_currency = paired.reporting_currency,
            cast(1 as decimal(13, 8)),
            exchange_rates.rate
        ) as constant_rate
    from paired
    cross join months
    left join exchange_rates
        on
            paired.billing_currency = exchange_rates.from_currency
            and paired.reporting_currency = exchange_rates.to_currency
            and paired.billing_currency != paired.reporting_currency
            and cast(paired.charge_month - interval 1 month as date) >= exchange_rates.valid_from
            and cast(paired.charge_month - interval 1 month as date)
            < coalesce(exchange_rates.valid_to, date '9999-12-31')
    where
        paired.charge_month > months.first_month
        and (paired.has_charges or paired.charge_month <= months.last_month)
),

effects as (
    select
        *,
        case
            when billing_currency = reporting_currency
                then effective_cost - previous_effective_cost
            else
                {{ exact_product(
                    'convertible_cost - previous_convertible_cost', 'constant_rate', money
                ) }}
        end as usage_effect
    from rated
),

final as (
    select
        charge_month,
        service_name,
        billing_currency,
        cast(previous_effective_cost as {{ money }}) as previous_effective_cost,
        cast(effective_cost as {{ money }}) as effective_cost,
        reporting_currency,
        constant_rate,
        cast(previous_cost_in_reporting_currency as {{ money }})
            as previous_cost_in_reporting_currency,
        cast(cost_in_reporting_currency as {{ money }}) as cost_in_reporting_currency,
        cast(cost_in_reporting_currency - previous_cost_in_reporting_currency as {{ money }})
            as cost_change,
        cast(usage_effect as {{ money }}) as usage_effect,
        cast(
            cost_in_reporting_currency - previous_cost_in_reporting_currency - usage_effect
            as {{ money }}
        ) as exchange_rate_effect
    from effects
)

select * from final
