with company_rules as (
    select * from {{ ref('classification_rules') }}
),

built_in_rules as (
    select * from {{ ref('classification_defaults') }}
),

own_orders as (
    select
        finding,
        max(rule_order) as rule_order
    from company_rules
    where finding is not null
    group by finding
),

-- A built-in rule gives way to the company's rule of its name, and comes after the company's rules
-- about its finding.
kept as (
    select
        built_in_rules.* replace (
            greatest(built_in_rules.rule_order, coalesce(own_orders.rule_order, 0)) as rule_order
        )
    from built_in_rules
    left join own_orders on built_in_rules.finding = own_orders.finding
    where built_in_rules.rule_id not in (select company_rules.rule_id from company_rules)
),

united as (
    select
        *,
        false as is_built_in
    from company_rules
    union all by name
    select
        *,
        true as is_built_in
    from kept
),

-- Numbered anew, for a company's rule may have the number of a built-in one: it goes first.
final as (
    select
        * replace (
            cast(
                row_number() over (order by rule_order asc, is_built_in asc, rule_id asc) as integer
            ) as rule_order
        )
    from united
)

select * from final -- noqa: AM04
