-- Lines that nobody divides are not written again.
with covered_lines as (
    select * from {{ ref('covered_lines') }}
),

allocations as (
    select * from {{ ref('allocations') }}
),

final as (
    select covered_lines.*
    from covered_lines
    anti join allocations on covered_lines.charge_id = allocations.charge_id
    union all by name
    select * from {{ ref('divided_lines') }}
)

select * from final -- noqa: AM04
