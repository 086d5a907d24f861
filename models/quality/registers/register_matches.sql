{{ config(materialized='table') }}

with counted as (
    select * from {{ ref('register_people') }}
    union all
    select * from {{ ref('register_accounts') }}
    union all
    select * from {{ ref('register_terms') }}
),

contradictions as (
    select * from {{ ref('register_overlaps') }}
),

charges as (
    select * from {{ ref('charge') }}
),

people as (
    {{ register_rows('organisation', 'people') }}
),

identities as (
    {{ register_rows('organisation', 'identities') }}
),

contracts as (
    {{ register_rows('organisation', 'contracts') }}
),

invoices as (
    {{ register_rows('organisation', 'invoices') }}
),

seat_contracts as (
    {{ register_rows('prices', 'seat_contracts') }}
),

people_costs as (
    select
        x_user as person,
        billing_currency as currency,
        sum(effective_cost) as amount
    from charges
    group by all
),

seat_costs as (
    select
        service,
        billing_currency as currency,
        sum(effective_cost) as amount
    from charges
    where resource_type = 'Seat'
    group by all
),

-- The money that a row is about, where one can be named.
amounts as (
    select
        register,
        line,
        billing_currency as currency,
        commitment_cost as amount
    from contracts
    union all
    select
        register,
        line,
        billing_currency as currency,
        stated_total as amount
    from invoices
    union all
    select
        people.register,
        people.line,
        people_costs.currency,
        people_costs.amount
    from people
    inner join people_costs on {{ pseudonym('people.person_id') }} = people_costs.person
    union all
    select
        identities.register,
        identities.line,
        people_costs.currency,
        people_costs.amount
    from identities
    inner join people_costs on {{ pseudonym('identities.person_id') }} = people_costs.person
    union all
    select
        seat_contracts.register,
        seat_contracts.line,
        seat_costs.currency,
        seat_costs.amount
    from seat_contracts
    inner join seat_costs on seat_contracts.service = seat_costs.service
),

-- Of several currencies the largest amount, for they are never added.
concerned as (
    select
        register,
        line,
        arg_max(currency, abs(amount)) as currency,
        arg_max(amount, abs(amount)) as amount
    from amounts
    where amount is not null
    group by all
),

final as (
    select
        counted.register,
        cast(counted.line as bigint) as line, -- noqa: RF04
        {{ hide_email('counted.row_key') }} as row_key,
        cast(counted.matched_count as bigint) as matched_count,
        case
            when contradictions.problem is not null then contradictions.problem
            when counted.is_expected and counted.matched_count = 0 then 'matches nothing'
        end as problem,
        concerned.currency,
        cast(concerned.amount as {{ money_type() }}) as amount
    from counted
    left join contradictions
        on counted.register = contradictions.register and counted.line = contradictions.line
    left join concerned
        on counted.register = concerned.register and counted.line = concerned.line
)

select * from final
