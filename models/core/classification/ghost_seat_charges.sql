with placed as (
    select * from {{ ref('seats_of_charges') }}
),

seats as (
    select * from {{ ref('seat_signals') }}
),

verdicts as (
    select * from {{ ref('seat_verdicts') }}
),

-- The months of its list that a charge pays. Seats that nobody has are a pool: those that somebody
-- has taken since are none any more.
paid_months as (
    select
        placed.charge_id,
        placed.seat_id,
        seats.month_start,
        verdicts.verdict,
        date_diff('day', placed.paid_from, placed.paid_until) as paid_days,
        date_diff(
            'day',
            greatest(placed.paid_from, seats.month_start),
            least(placed.paid_until, last_day(seats.month_start) + 1)
        ) as days_in_month,
        seats.seat_count,
        first_value(seats.seat_count) over (
            partition by placed.charge_id order by seats.month_start asc
        ) as bought_seats
    from placed
    inner join seats
        on
            placed.seat_id = seats.seat_id
            and placed.month_start <= seats.month_start
            and placed.paid_until > seats.month_start
    inner join verdicts
        on
            seats.seat_id = verdicts.seat_id
            and seats.month_start = verdicts.month_start
),

-- A year paid at once is wasted day by day, as far as the lists tell.
final as (
    select
        charge_id,
        seat_id,
        'ghost seat' as finding,
        seat_id || ' in '
        || string_agg(strftime(month_start, '%Y-%m'), ', ' order by month_start asc) as evidence,
        cast(
            sum(
                days_in_month * if(
                    seat_count >= bought_seats,
                    {{ whole_ratio() }},
                    {{ part_of_units(
                        whole_ratio(), whole_units('seat_count', 4), whole_units('bought_seats', 4)
                    ) }}
                )
            ) // any_value(paid_days) as bigint
        ) as ratio_units
    from paid_months
    where verdict in ('certain', 'probable') and seat_count > 0
    group by charge_id, seat_id
)

select * from final
