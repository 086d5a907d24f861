with allocated_lines as (
    select * from {{ ref('allocated_lines') }}
),

meters as (
    select * from {{ ref('meters') }}
    where meter = 'seats'
),

attribution as (
    select * from {{ ref('attribution') }}
),

seats as (
    select * from {{ ref('seat_signals') }}
),

seat_charges as (
    select
        allocated_lines.charge_id,
        allocated_lines.service,
        allocated_lines.resource_id,
        allocated_lines.x_plan_type,
        attribution.person as x_user,
        cast(date_trunc('month', allocated_lines.charge_period_start) as date) as month_start,
        cast(allocated_lines.charge_period_start as date) as paid_from,
        greatest(
            cast(allocated_lines.charge_period_end as date),
            cast(allocated_lines.charge_period_start as date) + 1
        ) as paid_until
    from allocated_lines
    inner join meters on allocated_lines.sku_meter = meters.sku_meter
    inner join attribution on allocated_lines.evidence_key = attribution.evidence_key
),

seat_names as (
    select distinct seat_id from seats
),

held_by_person as (
    {{ seats_of_people('seat_charges', 'seats') }}
),

final as (
    select
        seat_charges.charge_id,
        coalesce(seat_names.seat_id, held_by_person.seat_id) as seat_id,
        seat_charges.month_start,
        seat_charges.paid_from,
        seat_charges.paid_until
    from seat_charges
    left join seat_names on seat_charges.resource_id = seat_names.seat_id
    left join held_by_person on seat_charges.charge_id = held_by_person.charge_id
    where coalesce(seat_names.seat_id, held_by_person.seat_id) is not null
)

select * from final
