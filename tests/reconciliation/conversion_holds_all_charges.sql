-- Every charge is converted once: per currency the same charges and the same money. In the
-- reporting currency that is the amount itself; elsewhere each amount is rounded to ten decimals,
-- so that a total is off by at most half of the tenth decimal a charge, times the rate.
with charge as (
    select * from {{ ref('charge') }}
),

converted as (
    select * from {{ ref('charge_in_reporting_currency') }}
),

sides as (
    select
        charge.billing_currency,
        converted.exchange_rate,
        count(*) as charges,
        count(converted.charge_id) as found,
        count(*) filter (where converted.conversion_status = 'no rate') as without_rate,
        count(*) filter (
            where converted.conversion_status = 'no rate'
            and converted.billed_cost_in_reporting_currency is not null
        ) as amounts_without_rate,
        {%- for cost in ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'] %}
            count(converted.{{ cost }}_in_reporting_currency) as {{ cost }}_amounts,
            sum(cast(charge.{{ cost }} as decimal(38, 10))) as {{ cost }},
            sum(converted.{{ cost }}_in_reporting_currency) as {{ cost }}_converted,
        {%- endfor %}
        max(converted.reporting_currency) as reporting_currency
    from charge
    left join converted on charge.charge_id = converted.charge_id
    group by all
)

select
    billing_currency,
    exchange_rate,
    charges,
    found,
    without_rate
from sides
where
    charges != found
    or amounts_without_rate > 0
    {%- for cost in ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'] %}
        or {{ cost }}_amounts != charges - without_rate
        or abs(
            cast({{ cost }} as {{ payable_type() }}) * exchange_rate - {{ cost }}_converted
        ) > charges * cast('0.00000000005' as decimal(13, 11)) * exchange_rate
    {%- endfor %}
    or (select count(*) from charge) != (select count(*) from converted)
