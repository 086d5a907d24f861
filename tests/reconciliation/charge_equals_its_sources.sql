-- Per export and currency the money of current_charges is the money of what it was made from: bill
-- lines, FOCUS lines, stated costs, priced usage and seats of the sources that are charged, and
-- what was paid upfront. To the last digit. What a prepayment paid for is in its source, too, so
-- that it counts with the effective cost that it kept. (charge_equals_current_charges holds charge
-- against it, closed months or not.)
-- (In strict mode only bills are billed.)
with bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

sourced_usage as (
    select * from {{ ref('sourced_usage') }}
    where is_billing_source and is_billable
),

sourced_seats as (
    select * from {{ ref('sourced_seats') }}
    where is_billing_source
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where is_billing_source
),

contracts as (
    select * from {{ ref('contracts') }}
    where drawn_down and payment_model != 'No Upfront'
),

data_end as (
    select max(charge_period_start) as known_until
    from {{ ref('charge_lines') }}
),

charges as (
    select * from {{ ref('current_charges') }}
),

facts as (
    select
        source_dataset,
        service,
        account_id,
        {{ charge_kind('charge_scope', 'charge_category') }} as charge_kind,
        period_start as charged_on,
        currency,
        net_amount as amount
    from bill_lines
    union all
    select
        source_dataset,
        service,
        account_id,
        {{ charge_kind('charge_scope', 'charge_category') }} as charge_kind,
        period_start as charged_on,
        currency,
        billed_amount as amount
    from focus_lines
),

carried as (
    select
        facts.source_dataset,
        facts.currency,
        facts.amount
    from facts
    inner join source_days
        on {{ source_day_condition(
            'facts', 'facts.charge_kind', 'facts.charged_on', 'source_days'
        ) }}
    where facts.amount is not null
    {% if var('billed_cost_mode') != 'strict' %}
        union all
        select
            source_dataset,
            coalesce(stated_currency, price_currency) as currency,
            if(stated_currency is not null, stated_cost, contracted_cost) as amount
        from sourced_usage
        union all
        select
            source_dataset,
            currency,
            contracted_unit_price * unbilled_quantity as amount
        from sourced_seats
    {% endif %}
    union all
    select
        'organisation/contracts' as source_dataset,
        contracts.billing_currency as currency,
        if(
            contracts.payment_model = 'All Upfront',
            contracts.commitment_cost,
            cast(contracts.commitment_cost as {{ payable_type() }})
            * contracts.payment_upfront_percentage
        ) as amount
    from contracts
    cross join data_end
    where contracts.commitment_start <= data_end.known_until
),

expected as (
    select
        source_dataset,
        currency,
        sum(amount) as amount
    from carried
    group by all
),

actual as (
    select
        x_source_dataset as source_dataset,
        billing_currency as currency,
        sum(
            if(
                commitment_discount_status = 'Used'
                and commitment_discount_id in (
                    select contracts.contract_commitment_id from contracts
                ),
                effective_cost,
                billed_cost
            )
        ) as amount
    from charges
    group by all
)

select
    coalesce(expected.source_dataset, actual.source_dataset) as source_dataset,
    coalesce(expected.currency, actual.currency) as currency,
    expected.amount as expected_amount,
    actual.amount as actual_amount
from expected
full outer join actual
    on
        expected.source_dataset = actual.source_dataset
        and expected.currency = actual.currency
where coalesce(expected.amount, 0) != coalesce(actual.amount, 0)
