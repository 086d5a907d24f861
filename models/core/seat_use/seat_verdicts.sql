{{ config(materialized='table') }}
{%- set warn = var('ghost_seat_days_warn') %}
{%- set reclaim = var('ghost_seat_days_reclaim') %}
{%- set certain = var('ghost_seat_days_certain') %}

with seats as (
    select * from {{ ref('seat_signals') }}
),

exclusions as (
    select * from {{ ref('seat_exclusions') }}
),

identities as (
    select * from {{ ref('identities') }}
),

people as (
    select * from {{ ref('people') }}
),

-- Who has no department any more has left.
known_people as (
    select
        {{ pseudonym('identities.identity') }} as user_id,
        max(coalesce(people.valid_to, date '9999-12-31')) as left_on
    from identities
    inner join people on identities.person_id = people.person_id
    group by user_id
),

excluded as (
    select
        seats.seat_id,
        seats.month_start,
        arg_max(exclusions.reason, exclusions.valid_to) as exclusion,
        max(exclusions.valid_to) as excluded_until
    from seats
    inner join exclusions on {{ exclusion_condition('seats') }}
    group by seats.seat_id, seats.month_start
),

known as (
    select
        seats.*,
        excluded.exclusion,
        excluded.excluded_until,
        known_people.left_on <= seats.judged_on as has_left,
        date_diff('day', seats.last_used_on, seats.judged_on) < {{ warn }}
        or seats.is_used_in_month as is_in_use
    from seats
    left join excluded
        on
            seats.seat_id = excluded.seat_id
            and seats.month_start = excluded.month_start
    left join known_people on seats.user_id = known_people.user_id
),

-- In this order: what nobody may touch, what needs no signal, use, and only then idleness.
judged as (
    select
        *,
        case
            when exclusion is not null
                then ['excluded', exclusion || ' until ' || excluded_until]
            when seat_state = 'unassigned'
                then ['certain', 'bought and assigned to nobody']
            when has_left
                then ['certain', 'the holder has left']
            when holder is null
                then ['unknown', 'no list says who holds it']
            when
                is_in_use
                and signal_state = 'fresh'
                and tenure_days >= {{ var('ghost_seat_minimum_tenure_days') }}
                and utilisation < {{ var('ghost_seat_utilisation') }}
                then [
                    'review',
                    coalesce(
                        'used on ' || active_days || ' of ' || working_days || ' working days',
                        'little of its allowance is used'
                    )
                ]
            when is_in_use
                then ['active', 'used within the last {{ warn }} days']
            when tenure_days < {{ var('ghost_seat_minimum_tenure_days') }}
                then ['too new', 'held for ' || tenure_days || ' days']
            when signal_state = 'frozen'
                then [
                    'unknown',
                    'the activity feed is frozen: nobody''s use since '
                    || coalesce(cast(feed_used_on as varchar), 'ever')
                ]
            when signal_state = 'stale'
                then [
                    'unknown',
                    'the activity feed ends on '
                    || coalesce(cast(observed_on as varchar), 'no day')
                ]
            when signal_state = 'concealed'
                then ['unknown', 'the report hides who it is about']
            when signal_state = 'partial'
                then ['unknown', 'the signal cannot prove that there was no use']
            when signal_state = 'none'
                then ['unknown', 'no signal of use']
            when signed_in_on > judged_on - {{ warn }}
                then ['review', 'signed in on ' || signed_in_on || ', but no use is told']
            when idle_days >= {{ certain }} and last_used_on is not null
                then ['certain', 'no use for ' || idle_days || ' days']
            when idle_days >= {{ reclaim }} and last_used_on is not null
                then ['probable', 'no use for ' || idle_days || ' days']
            when idle_days >= {{ reclaim }}
                then ['probable', 'no use known at all, for ' || idle_days || ' days']
            when idle_days >= {{ warn }}
                then ['review', 'no use for ' || idle_days || ' days']
            else ['active', 'idle for less than {{ warn }} days']
        end as judgement
    from known
),

final as (
    select
        seat_id,
        month_start,
        judgement[1] as verdict,
        judgement[2] as reason,
        exclusion,
        excluded_until
    from judged
)

select * from final
