-- What a seat could give back is told once, for a ghost of a current list, and its parts are the
-- whole. No verdict of idleness rests on a signal that is not fresh.
with seats as (
    select * from {{ ref('ghost_seats') }}
),

final as (
    select
        seat_id,
        'claimed more than once' as fault
    from seats
    where recoverable_cost_annualised != 0
    group by seat_id
    having count(*) > 1
    union all
    select
        seat_id,
        'claimed without a verdict, in the past or after a cancellation' as fault
    from seats
    where
        recoverable_cost_annualised is distinct from 0
        and not (
            verdict in ('certain', 'probable') and is_current and not is_pending_cancellation
        )
    union all
    select
        seat_id,
        'the parts are not the whole' as fault
    from seats
    where
        recoverable_cost_now < 0
        or recoverable_cost_at_renewal < 0
        or recoverable_cost_annualised
        != 12 * (recoverable_cost_now + recoverable_cost_at_renewal)
    union all
    select
        seat_id,
        'idle by a signal that is not fresh' as fault
    from seats
    where
        verdict in ('certain', 'probable')
        and signal_state != 'fresh'
        and seat_state != 'unassigned'
        and reason not like 'the holder has left%'
)

select * from final
