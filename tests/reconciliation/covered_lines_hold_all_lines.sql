-- The parts of a line are the line: what is billed of it and what prepayments paid of it add up to
-- what was billed before, and so do its other costs and its quantities. To the last digit.
with charge_lines as (
    select * from {{ ref('charge_lines') }}
),

commitment_draws as (
    select * from {{ ref('commitment_draws') }}
    where is_prepaid
),

part_names as (
    select
        charge_id as part_id,
        charge_id
    from charge_lines
    union all
    select
        charge_id || '/' || contract_commitment_id as part_id,
        charge_id
    from commitment_draws
),

drawn as (
    select
        charge_id,
        sum(drawn_cost) as drawn_cost
    from commitment_draws
    group by charge_id
),

parts as (
    select
        part_names.charge_id,
        sum(covered_lines.billed_cost) as billed_cost,
        sum(covered_lines.effective_cost) as effective_cost,
        sum(covered_lines.list_cost) as list_cost,
        sum(covered_lines.contracted_cost) as contracted_cost,
        sum(covered_lines.pricing_quantity) as pricing_quantity,
        sum(covered_lines.consumed_quantity) as consumed_quantity,
        count(distinct covered_lines.billing_currency) as currencies
    from {{ ref('covered_lines') }} as covered_lines
    left join part_names on covered_lines.charge_id = part_names.part_id
    where covered_lines.charge_scope != 'commitment'
    group by part_names.charge_id
)

select
    coalesce(charge_lines.charge_id, parts.charge_id) as charge_id,
    charge_lines.billed_cost as line_cost,
    drawn.drawn_cost,
    parts.billed_cost
from charge_lines
full outer join parts on charge_lines.charge_id = parts.charge_id
left join drawn on charge_lines.charge_id = drawn.charge_id
where
    parts.charge_id is null
    or charge_lines.charge_id is null
    or parts.currencies != 1
    or parts.billed_cost + coalesce(drawn.drawn_cost, 0) != charge_lines.billed_cost
    or parts.effective_cost != charge_lines.effective_cost
    or parts.list_cost != charge_lines.list_cost
    or parts.contracted_cost != charge_lines.contracted_cost
    or parts.pricing_quantity is distinct from charge_lines.pricing_quantity
    or parts.consumed_quantity is distinct from charge_lines.consumed_quantity
