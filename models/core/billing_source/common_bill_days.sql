{{ config(materialized='table') }}

-- When the days of bills begin, where all lines of several bills are of the same days and these do
-- not begin at midnight: a day of Google is from 07:00 UTC to 07:00, in winter from 08:00. No line
-- is then about two days, and the bills are compared day by day as those in UTC are. A single line,
-- bill or seller that has other days leaves the service and kind without: money of hours that two
-- days share could be charged by both.
with billed_lines as (
    select * from {{ ref('billed_lines') }}
),

bill_reach as (
    select * from {{ ref('bill_reach') }}
),

sellers as (
    select * from {{ ref('log_choices') }}
    where evidence_class = 1 and is_best
),

-- Bills all of whose lines end on the day after the one on which they begin. Seats are compared by
-- the month.
daily as (
    select
        service,
        charge_kind
    from billed_lines
    where charge_kind != 'seats'
    group by all
    having
        bool_and(cast(period_end as date) = charged_on + 1)
        and count(distinct source_dataset) > 1
),

moments as (
    select
        service,
        charge_kind,
        unnest([period_start, period_end]) as moment
    from billed_lines
    union all
    select
        service,
        charge_kind,
        unnest([reached_from, reached_to]) as moment
    from bill_reach
),

bounds as (
    select
        moments.service,
        moments.charge_kind,
        cast(moments.moment as date) as charged_on,
        min(moments.moment) as begins_at,
        max(moments.moment) as last_at
    from moments
    semi join daily
        on
            moments.service = daily.service
            and moments.charge_kind = daily.charge_kind
    anti join sellers
        on
            moments.service = sellers.service
            and moments.charge_kind = sellers.charge_kind
    group by all
),

common as (
    select
        service,
        charge_kind
    from bounds
    group by all
    having bool_and(begins_at = last_at) and bool_or(begins_at != charged_on)
),

final as (
    select
        bounds.service,
        bounds.charge_kind,
        bounds.charged_on,
        bounds.begins_at
    from bounds
    semi join common
        on
            bounds.service = common.service
            and bounds.charge_kind = common.charge_kind
)

select * from final
