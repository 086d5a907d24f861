{{ config(materialized='table') }}
{%- set lag_days = var('ghost_seat_signal_lag_days') %}

with seats as (
    select * from {{ ref('seats') }}
),

seat_activity as (
    select * from {{ ref('seat_activity') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

keyed as (
    select
        *,
        {{ evidence_key(held_from(), evidence_of('seat')) }}
            as evidence_key
    from seats
),

reach as (
    select
        service,
        account_id,
        month_start,
        max(observed_on) as observed_on
    from seat_activity
    where signal_state = 'complete'
    group by all
),

-- The day that a month is judged on: its last, or the last that list or signals reach.
held as (
    select
        keyed.*,
        least(
            last_day(keyed.month_start),
            greatest(
                max(coalesce(keyed.snapshot_on, last_day(keyed.month_start))) over same_list,
                reach.observed_on
            )
        ) as judged_on,
        min(coalesce(keyed.snapshot_on, keyed.month_start)) over same_seat as first_listed_on
    from keyed
    left join reach
        on
            keyed.service = reach.service
            and keyed.account_id is not distinct from reach.account_id
            and keyed.month_start = reach.month_start
    window
        same_list as (partition by keyed.service, keyed.account_id, keyed.month_start),
        same_seat as (partition by keyed.seat_id)
),

owned as (
    select
        held.*,
        coalesce(attribution.person, held.user_id) as holder,
        coalesce(attribution.department_name, 'Unattributed') as department
    from held
    left join attribution on held.evidence_key = attribution.evidence_key
),

-- A signal names the seat, or only the person who holds it.
matched as (
    select
        owned.seat_id,
        owned.month_start,
        owned.service,
        owned.account_id,
        owned.judged_on,
        seat_activity.source_dataset,
        seat_activity.last_activity_at,
        seat_activity.last_authenticated_at,
        seat_activity.active_days,
        seat_activity.units_used,
        seat_activity.units_allowed,
        seat_activity.observed_from,
        seat_activity.observed_on,
        seat_activity.signal_state
    from owned
    inner join seat_activity
        on
            owned.seat_id = seat_activity.seat_id
            and owned.month_start = seat_activity.month_start
    union all
    select
        owned.seat_id,
        owned.month_start,
        owned.service,
        owned.account_id,
        owned.judged_on,
        seat_activity.source_dataset,
        seat_activity.last_activity_at,
        seat_activity.last_authenticated_at,
        seat_activity.active_days,
        seat_activity.units_used,
        seat_activity.units_allowed,
        seat_activity.observed_from,
        seat_activity.observed_on,
        seat_activity.signal_state
    from owned
    inner join seat_activity
        on
            owned.service = seat_activity.service
            and owned.user_id = seat_activity.user_id
            and owned.month_start = seat_activity.month_start
            and coalesce(owned.account_id = seat_activity.account_id, true)
    where seat_activity.seat_id is null
),

-- Without a date of assignment a seat is as old as the first list that shows it, or its first use.
first_uses as (
    select
        seat_id,
        cast(min(last_activity_at) as date) as first_used_on
    from matched
    where signal_state != 'concealed'
    group by seat_id
),

tenures as (
    select
        owned.*,
        coalesce(
            cast(owned.assigned_at as date),
            least(owned.first_listed_on, first_uses.first_used_on)
        ) as held_since
    from owned
    left join first_uses on owned.seat_id = first_uses.seat_id
),

-- Who used anything at all: a feed in which nobody has lately is more likely frozen than its people
-- idle. Rows of a list that never dates any use are held against the other feeds of the account.
feeds as (
    select
        *,
        if(
            max(last_activity_at) over (
                partition by service, account_id, source_dataset
            ) is not null,
            max(last_activity_at) over (
                partition by service, account_id, source_dataset, month_start
            ),
            max(last_activity_at) over (partition by service, account_id, month_start)
        ) as feed_used_at
    from matched
),

judged as (
    select
        *,
        least(judged_on, observed_on) as watched_until,
        cast(feed_used_at as date) as feed_used_on,
        case
            when signal_state != 'complete' then signal_state
            when observed_on is null then 'stale'
            when date_diff('day', observed_on, judged_on) > {{ lag_days }} then 'stale'
            when
                feed_used_at is null
                or date_diff('day', cast(feed_used_at as date), observed_on)
                > {{ var('ghost_seat_frozen_days') }}
                then 'frozen'
            else 'fresh'
        end as freshness
    from feeds
),

-- The best signal of a seat and month decides.
ordered as (
    select
        *,
        list_position(['fresh', 'frozen', 'stale', 'concealed', 'partial'], freshness)
            as freshness_order
    from judged
),

seat_months as (
    select
        seat_id,
        month_start,
        arg_min(freshness, freshness_order) as best_state,
        max(watched_until) filter (where freshness = 'fresh') as watched_until,
        min(observed_from) filter (where freshness = 'fresh') as observed_from,
        bool_or(observed_from is null) filter (where freshness = 'fresh') as is_without_limit,
        max(observed_on) as observed_on,
        max(feed_used_on) as feed_used_on,
        cast(max(last_activity_at) filter (where signal_state != 'concealed') as date)
            as used_on,
        cast(max(last_activity_at) filter (where freshness = 'fresh') as date) as stated_use_on,
        cast(max(last_authenticated_at) filter (where freshness = 'fresh') as date)
            as signed_in_on,
        bool_or(
            signal_state != 'concealed' and (active_days > 0 or units_used > 0)
        ) as is_used_in_month,
        max(active_days) filter (where freshness = 'fresh') as active_days,
        arg_max(greatest(observed_from, month_start), active_days) filter (
            where freshness = 'fresh'
        ) as counted_from,
        arg_max(least(observed_on, last_day(month_start)), active_days) filter (
            where freshness = 'fresh'
        ) as counted_until,
        max(units_used) filter (where freshness = 'fresh' and units_allowed is not null)
            as units_used,
        max(units_allowed) filter (where freshness = 'fresh') as units_allowed
    from ordered
    group by seat_id, month_start
),

hidden_months as (
    select distinct
        service,
        month_start
    from seat_activity
    where signal_state = 'concealed'
),

-- A source without a limit knows the whole life of a seat.
joined as (
    select
        tenures.*,
        seat_months.watched_until,
        seat_months.observed_on,
        seat_months.feed_used_on,
        seat_months.used_on,
        seat_months.stated_use_on,
        seat_months.signed_in_on,
        seat_months.is_used_in_month,
        seat_months.active_days,
        seat_months.counted_from,
        seat_months.counted_until,
        seat_months.units_used,
        seat_months.units_allowed,
        if(
            seat_months.is_without_limit, tenures.held_since, seat_months.observed_from
        ) as watched_from,
        case
            when
                hidden_months.month_start is not null
                and coalesce(seat_months.best_state, 'partial') = 'partial'
                then 'concealed'
            else coalesce(seat_months.best_state, 'none')
        end as signal_state
    from tenures
    left join seat_months
        on
            tenures.seat_id = seat_months.seat_id
            and tenures.month_start = seat_months.month_start
    left join hidden_months
        on
            tenures.service = hidden_months.service
            and tenures.month_start = hidden_months.month_start
),

-- Months that are watched one after the other are one watch.
followed as (
    select
        *,
        coalesce(
            lag(month_start) over by_month = month_start - interval 1 month
            and watched_from <= lag(watched_until) over by_month + {{ lag_days }} + 1,
            false
        ) as is_watched_on
    from joined
    window by_month as (partition by seat_id order by month_start asc)
),

watches as (
    select
        *,
        max(used_on) over so_far as last_used_on,
        count(*) filter (where not is_watched_on) over so_far as watch_number
    from followed
    window
        so_far as (
            partition by seat_id order by month_start asc
            rows between unbounded preceding and current row
        )
),

idle as (
    select
        *,
        min(watched_from) over (
            partition by seat_id, watch_number order by month_start asc
            rows between unbounded preceding and current row
        ) as watch_began_on
    from watches
),

-- Where the source itself names a last use, nothing was later. Where it names none, only the days
-- that were watched are known to be without one.
dated as (
    select
        *,
        greatest(
            held_since,
            last_used_on,
            if(stated_use_on is null, watch_began_on, null)
        ) as idle_since,
        if(
            active_days is not null,
            len(
                list_filter(
                    generate_series(
                        cast(greatest(counted_from, cast(assigned_at as date)) as timestamp),
                        cast(counted_until as timestamp),
                        interval 1 day
                    ),
                    lambda d: isodow(d) < 6
                )
            ),
            null
        ) as working_days
    from idle
),

measured as (
    select
        *,
        coalesce(
            {{ exact_ratio('active_days', 'working_days') }},
            {{ exact_ratio('units_used', 'units_allowed') }}
        ) as utilisation
    from dated
),

final as (
    select
        seat_id,
        month_start,
        source_dataset,
        service,
        account_id,
        user_id,
        holder,
        department,
        plan_type,
        seat_state,
        seat_count,
        ends_on,
        judged_on,
        held_since,
        greatest(date_diff('day', held_since, judged_on), 0) as tenure_days,
        signal_state,
        observed_on,
        feed_used_on,
        last_used_on,
        coalesce(is_used_in_month, false) as is_used_in_month,
        signed_in_on,
        if(signal_state = 'fresh', idle_since, null) as idle_since,
        if(
            signal_state = 'fresh',
            greatest(date_diff('day', idle_since, watched_until), 0),
            null
        ) as idle_days,
        active_days,
        working_days,
        -- Work on weekends makes more than a whole.
        if(utilisation > 1, 1, utilisation) as utilisation
    from measured
)

select * from final
