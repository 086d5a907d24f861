{{ config(severity='warn') }}
-- Money that a rule is for and cannot divide, because nobody has a weight in that month: it stays
-- Unattributed. Enter the metric or share, or end the rule.
with charge as (
    select * from {{ ref('current_charges') }}
),

rules as (
    select * from {{ ref('allocation_rules') }}
)

select
    rules.rule_id,
    charge.billing_period_start,
    charge.service,
    charge.billing_currency,
    count(*) as charges,
    sum(charge.billed_cost) as billed_cost
from charge
inner join rules
    on
        rules.department_id is null
        and coalesce(charge.service = rules.service, rules.service is null)
        and coalesce(charge.sub_account_id = rules.sub_account_id, rules.sub_account_id is null)
        and coalesce(
            charge.charge_category = rules.charge_category, rules.charge_category is null
        )
        and coalesce(charge.sku_meter = rules.sku_meter, rules.sku_meter is null)
        and coalesce(charge.x_plan_type = rules.plan_type, rules.plan_type is null)
        and charge.billing_period_start >= coalesce(rules.valid_from, date '1900-01-01')
        and charge.billing_period_start < coalesce(rules.valid_to, date '9999-12-31')
where
    charge.x_department = 'Unattributed'
    and not contains(coalesce(charge.allocated_method_id, ''), 'rule:')
    and rules.charge_scope is null
group by all
