{{ config(materialized='table') }}

with seats_of_charges as (
    select * from {{ ref('seats_of_charges') }}
),

seats as (
    select * from {{ ref('seat_signals') }}
),

-- A year paid at once covers the months that the lists know so far: their days count together.
summed as (
    select
        seats_of_charges.charge_id,
        sum(seats.active_days) filter (where seats.working_days > 0) as active_days,
        sum(seats.working_days) filter (where seats.active_days is not null) as working_days,
        sum(seats.utilisation) as utilisations,
        count(seats.utilisation) as months_known
    from seats_of_charges
    inner join seats
        on
            seats_of_charges.seat_id = seats.seat_id
            and seats_of_charges.month_start <= seats.month_start
            and seats_of_charges.paid_until > seats.month_start
    group by seats_of_charges.charge_id
),

measured as (
    select
        charge_id,
        coalesce(
            {{ exact_ratio('active_days', 'working_days') }},
            {{ exact_ratio('utilisations', 'months_known') }}
        ) as utilisation
    from summed
    where months_known > 0
),

-- Work on weekends makes more than a whole.
final as (
    select
        charge_id,
        cast(least(utilisation, 1) as decimal(9, 8)) as utilisation
    from measured
)

select * from final
