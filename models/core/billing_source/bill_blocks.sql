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

common_bill_days as (
    select * from {{ ref('common_bill_days') }}
),

contested as (
    select
        service,
        charge_kind
    from bill_days
    group by all
    having count(distinct source_dataset) > 1
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
    -- The hours after midnight of a common day are no second day.
    anti join common_bill_days
        on
            billed_lines.service = common_bill_days.service
            and billed_lines.charge_kind = common_bill_days.charge_kind
    where billed_lines.is_covering or billed_lines.charge_kind = 'adjustments'
),

signed_days as (
    select
        service,
        charge_kind,
        charged_on,
        any_value(charge_month) as charge_month,
        md5(string_agg(
            concat_ws(chr(31), source_dataset, account_id), chr(30)
            order by source_dataset, account_id
        )) as sources
    from bill_days
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
