-- Days on which bills of a service are compared: those that a line holds together, such as a
-- month beside lines of days, those of a month of which two bills state one amount, and else
-- those on which the same bills are there.
with bill_days as (
    select * from {{ ref('bill_days') }}
),

billed_lines as (
    select * from {{ ref('billed_lines') }}
),

equal_months as (
    select * from {{ ref('equal_bill_months') }}
),

contested as (
    select
        service,
        charge_kind
    from bill_days
    group by all
    having count(distinct source_dataset) > 1
),

-- Whether the lines of days of a month begin at one hour: by the day on which they begin these can
-- be compared, though each of them ends within the next.
clocks as (
    select
        service,
        charge_kind,
        date_trunc('month', charged_on) as charge_month,
        count(distinct cast(period_start as time)) = 1 as is_one_clock
    from billed_lines
    where is_covering and period_end <= period_start + interval 1 day
    group by all
),

-- Days that belong together with the day before.
held_days as (
    select distinct
        billed_lines.service,
        billed_lines.charge_kind,
        cast(unnest(generate_series(
            billed_lines.charged_on + 1,
            cast(billed_lines.period_end - interval 1 microsecond as date),
            interval 1 day
        )) as date) as charged_on
    from billed_lines
    semi join contested
        on
            billed_lines.service = contested.service
            and billed_lines.charge_kind = contested.charge_kind
    left join clocks
        on
            billed_lines.service = clocks.service
            and billed_lines.charge_kind = clocks.charge_kind
            and date_trunc('month', billed_lines.charged_on) = clocks.charge_month
    where
        (billed_lines.is_covering or billed_lines.charge_kind = 'adjustments')
        and not coalesce(
            clocks.is_one_clock
            and billed_lines.period_end <= billed_lines.period_start + interval 1 day,
            false
        )
),

-- The hours in which the last line ends are of the day before.
timed_days as (
    select
        bill_days.*,
        coalesce(
            clocks.is_one_clock
            and bill_days.covered_from = bill_days.charged_on
            and bill_days.covered_to < bill_days.charged_on + interval 1 day,
            false
        ) as is_end
    from bill_days
    left join clocks
        on
            bill_days.service = clocks.service
            and bill_days.charge_kind = clocks.charge_kind
            and bill_days.charge_month = clocks.charge_month
),

signed_days as (
    select
        service,
        charge_kind,
        charged_on,
        any_value(charge_month) as charge_month,
        md5(coalesce(
            string_agg(
                concat_ws(chr(31), source_dataset, account_id), chr(30)
                order by source_dataset, account_id
            ) filter (where not is_end),
            string_agg(
                concat_ws(chr(31), source_dataset, account_id), chr(30)
                order by source_dataset, account_id
            )
        )) as sources
    from timed_days
    group by all
),

placed as (
    select
        signed_days.*,
        held_days.charged_on is not null
        or (
            equal_months.service is not null
            and signed_days.charged_on > min(signed_days.charged_on) over (
                partition by
                    signed_days.service, signed_days.charge_kind, signed_days.charge_month
            )
        ) as is_held
    from signed_days
    left join held_days
        on
            signed_days.service = held_days.service
            and signed_days.charge_kind = held_days.charge_kind
            and signed_days.charged_on = held_days.charged_on
    left join equal_months
        on
            signed_days.service = equal_months.service
            and signed_days.charge_kind = equal_months.charge_kind
            and signed_days.charge_month = equal_months.charge_month
),

numbered as (
    select
        *,
        coalesce(lead(is_held) over by_day, false) as holds_next,
        sum(if(is_held, 0, 1)) over by_day as island
    from placed
    window by_day as (partition by service, charge_kind order by charged_on)
),

final as (
    select
        service,
        charge_kind,
        charged_on,
        case
            when is_held or holds_next then 'held ' || island
            else cast(charge_month as varchar) || ' ' || sources
        end as block
    from numbered
)

select * from final
