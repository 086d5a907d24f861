-- The ratios of a line's parts, and of what logs have said of it, add up to exactly 1.
select
    'allocations' as model,
    charge_id,
    sum(ratio_units) as ratio_units
from {{ ref('allocations') }}
group by charge_id
having sum(ratio_units) != {{ whole_ratio() }}
union all
select
    'usage_allocations' as model,
    charge_id,
    sum(ratio_units) as ratio_units
from {{ ref('usage_allocations') }}
group by charge_id
having sum(ratio_units) != {{ whole_ratio() }}
