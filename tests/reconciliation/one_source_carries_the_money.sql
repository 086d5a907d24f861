-- Never two sources of money for one service, account, scope and month, except the parts of one
-- group, each told once; a source without an account never beside another that names one, unless
-- both are lines of one bill.
with charge_basis as (
    select
        charge_basis.*,
        coalesce(complements.basis_group, charge_basis.source_dataset) as basis_group,
        coalesce(complements.part, charge_basis.source_dataset) as part
    from {{ ref('charge_basis') }} as charge_basis
    left join {{ ref('complementary_datasets') }} as complements
        on charge_basis.source_dataset = complements.source_dataset
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
    having count(distinct basis_group) > 1 or count(*) > count(distinct part)
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
    where
        a.carries_money
        and b.carries_money
        and not (a.evidence = 'bill' and a.source_dataset = b.source_dataset)
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
