-- Per export and currency the money of current_charges is the money of what it was made from: bill
-- lines, FOCUS lines, stated costs, priced usage and seats of the sources that carry money, and
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

priced_usage as (
    select * from {{ ref('priced_usage') }}
),

priced_seats as (
    select * from {{ ref('priced_seats') }}
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
    where carries_money
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
        charge_scope,
        cast(period_start as date) as charged_on,
        currency,
        net_amount as amount
    from bill_lines
    union all
    select
        source_dataset,
        service,
        account_id,
        'usage' as charge_scope,
        cast(billing_period_start as date) as charged_on,
        currency,
        billed_amount as amount
    from focus_lines
    {% if var('billed_cost_mode') != 'strict' %}
        union all
        select
            source_dataset,
            service,
            account_id,
            'usage' as charge_scope,
            cast(started_at as date) as charged_on,
            coalesce(stated_currency, price_currency) as currency,
            if(stated_currency is not null, stated_cost, contracted_cost) as amount
        from priced_usage
        where is_billable
        union all
        select
            source_dataset,
            service,
            account_id,
            'seat' as charge_scope,
            month_start as charged_on,
            currency,
            contracted_unit_price * pricing_quantity as amount
        from priced_seats
    {% endif %}
),

carried as (
    select
        facts.source_dataset,
        facts.currency,
        facts.amount
    from facts
    inner join charge_basis
        on {{ basis_condition('facts', "facts.charge_scope", 'facts.charged_on') }}
    where facts.amount is not null
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
