-- Never two sources of money for one service, account, scope and month; a source without an account
-- never beside another that names one, unless both are bills.
with charge_basis as (
    select * from {{ ref('charge_basis') }}
),

doubled as (
    select
        service,
        account_id,
        charge_scope,
        billing_month,
        count(*) as carriers
    from charge_basis
    where carries_money
    group by all
    having count(*) > 1
),

unlocated as (
    select
        a.service,
        a.account_id,
        a.charge_scope,
        a.billing_month,
        2 as carriers
    from charge_basis as a
    inner join charge_basis as b
        on
            a.service = b.service
            and a.charge_scope = b.charge_scope
            and a.billing_month = b.billing_month
            and a.account_id is null
            and b.account_id is not null
    where a.carries_money and b.carries_money and not (a.evidence = 'bill' and b.evidence = 'bill')
),

orphaned as (
    select
        service,
        null as account_id,
        charge_scope,
        billing_month,
        0 as carriers
    from charge_basis
    group by all
    having not bool_or(carries_money)
)

select * from doubled
union all
select * from unlocated
union all
select * from orphaned
