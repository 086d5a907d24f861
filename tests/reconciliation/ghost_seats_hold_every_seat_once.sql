-- Every seat and month of the lists has a row, one per currency it is charged in; none twice.
with ghost_seats as (
    select
        seat_id,
        month_start,
        count(*) as row_count,
        count(distinct coalesce(currency, '-')) as currencies
    from {{ ref('ghost_seats') }}
    group by all
),

seats as (
    select
        seat_id,
        month_start
    from {{ ref('seats') }}
),

final as (
    select
        coalesce(seats.seat_id, ghost_seats.seat_id) as seat_id,
        coalesce(seats.month_start, ghost_seats.month_start) as month_start,
        ghost_seats.row_count,
        ghost_seats.currencies
    from seats
    full outer join ghost_seats
        on
            seats.seat_id = ghost_seats.seat_id
            and seats.month_start = ghost_seats.month_start
    where
        ghost_seats.seat_id is null
        or ghost_seats.row_count != ghost_seats.currencies
)

select * from final
