-- Every charge line comes through sharing out whole: its parts sum to it in each cost and quantity,
-- to the last digit; no part has the other sign; a line that is not divided is there as it was.
{%- set measures = [
    'billed_cost', 'effective_cost', 'list_cost', 'contracted_cost',
    'pricing_currency_effective_cost', 'pricing_quantity', 'consumed_quantity',
    'commitment_discount_quantity',
] %}
with covered_lines as (
    select * from {{ ref('covered_lines') }}
),

allocations as (
    select * from {{ ref('allocations') }}
),

allocated_lines as (
    select
        allocated.*,
        coalesce(allocations.charge_id, allocated.charge_id) as line_id
    from {{ ref('allocated_lines') }} as allocated
    left join allocations on allocated.charge_id = allocations.part_id
),

expected_parts as (
    select
        charge_id,
        count(*) as part_count
    from allocations
    group by charge_id
),

sums as (
    select
        line_id,
        {%- for measure in measures %}
            sum({{ measure }}) as {{ measure }},
            count(distinct sign({{ measure }})) filter (where {{ measure }} != 0)
                as {{ measure }}_signs,
        {%- endfor %}
        count(*) as part_count
    from allocated_lines
    group by line_id
)

select
    coalesce(covered_lines.charge_id, sums.line_id) as charge_id,
    covered_lines.billed_cost,
    sums.billed_cost as parts_cost,
    sums.part_count
from covered_lines
full outer join sums on covered_lines.charge_id = sums.line_id
left join expected_parts on covered_lines.charge_id = expected_parts.charge_id
where
    {%- for measure in measures %}
        sums.{{ measure }} is distinct from covered_lines.{{ measure }}
        or sums.{{ measure }}_signs > 1
        or
    {%- endfor %}
    sums.part_count is distinct from coalesce(expected_parts.part_count, 1)
