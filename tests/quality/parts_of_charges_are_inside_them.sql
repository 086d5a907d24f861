-- A part of a charge lies between nothing and the whole charge, and no charge is found more than
-- once over.
with charge_parts as (
    select * from {{ ref('charge_parts') }}
),

found_parts as (
    select * from {{ ref('found_parts') }}
),

ghost_seat_charges as (
    select * from {{ ref('ghost_seat_charges') }}
),

final as (
    select charge_id
    from charge_parts
    where
        not (
            effective_cost between
            least(charge_effective_cost, 0) and greatest(charge_effective_cost, 0)
            and billed_cost between
            least(charge_billed_cost, 0) and greatest(charge_billed_cost, 0)
        )
    union all
    select charge_id
    from found_parts
    group by charge_id
    having sum(ratio_units) > {{ whole_ratio() }}
    union all
    select charge_id
    from ghost_seat_charges
    where not coalesce(ratio_units between 1 and {{ whole_ratio() }}, false)
)

select * from final
