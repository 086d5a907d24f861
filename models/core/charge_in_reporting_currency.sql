{%- set costs = ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'] %}
{%- set reporting_currency = "'" ~ var('reporting_currency') ~ "'" %}
with charge as (
    select * from {{ ref('charge') }}
),

exchange_rates as (
    select
        from_currency,
        rate,
        valid_from,
        lead(valid_from) over (partition by from_currency order by valid_from asc) as valid_to
    from {{ ref('exchange_rates') }}
    where to_currency = {{ reporting_currency }}
),

rated as (
    select
        charge.charge_id,
        charge.charge_period_start,
        charge.billing_currency,
        {{ reporting_currency }} as reporting_currency,
        case
            when charge.billing_currency = {{ reporting_currency }} then 'same currency'
            when exchange_rates.rate is null then 'no rate'
            else 'converted'
        end as conversion_status,
        if(
            charge.billing_currency = {{ reporting_currency }},
            cast(1 as decimal(13, 8)),
            exchange_rates.rate
        ) as exchange_rate,
        {%- for cost in costs %}
            charge.{{ cost }},
        {%- endfor %}
        exchange_rates.valid_from as exchange_rate_valid_from
    from charge
    left join exchange_rates
        on
            charge.billing_currency = exchange_rates.from_currency
            and charge.billing_currency != {{ reporting_currency }}
            and cast(charge.charge_period_start as date) >= exchange_rates.valid_from
            and cast(charge.charge_period_start as date)
            < coalesce(exchange_rates.valid_to, date '9999-12-31')
),

-- Of a converted amount ten digits count, so that its product with a rate is exact.
final as (
    select
        charge_id,
        charge_period_start,
        billing_currency,
        reporting_currency,
        conversion_status,
        exchange_rate,
        {%- for cost in costs %}
            case conversion_status
                when 'same currency' then {{ cost }}
                when 'converted'
                    then {{ exact_product(
                        'try_cast(' ~ cost ~ ' as ' ~ payable_type() ~ ')', 'exchange_rate',
                        money_type()
                    ) }}
            end as {{ cost }}_in_reporting_currency,
        {%- endfor %}
        exchange_rate_valid_from
    from rated
)

select * from final
