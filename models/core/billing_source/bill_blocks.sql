-- Days on which bills of a service are compared: those that a line holds together, such as a month
-- beside lines of days, and else those on which the same bills are there.
with bill_days as (
    select * from {{ ref('bill_days') }}
),

billed_lines as (
    select * from {{ ref('billed_lines') }}
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
        lines.service,
        lines.charge_kind,
        cast(unnest(generate_series(
            lines.charged_on + 1,
            cast(lines.period_end - interval 1 microsecond as date),
            interval 1 day
        )) as date) as charged_on
    from billed_lines as lines
    semi join contested
        on lines.service = contested.service and lines.charge_kind = contested.charge_kind
    where lines.is_covering or lines.charge_kind = 'adjustments'
),

-- Two bills with the same taxes and credits in a month may date them differently.
monthly_adjustments as (
    select
        service,
        source_dataset,
        cast(date_trunc('month', charged_on) as date) as charge_month,
        currency,
        sum(amount) as amount
    from billed_lines
    where charge_kind = 'adjustments'
    group by all
),

same_adjustments as (
    select
        service,
        charge_month
    from monthly_adjustments
    group by all
    having count(distinct source_dataset) > 1 and count(distinct amount) = 1
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

numbered as (
    select
        signed_days.*,
        held_days.charged_on is not null as is_held,
        coalesce(lead(held_days.charged_on) over by_day = signed_days.charged_on + 1, false)
            as holds_next,
        sum(if(held_days.charged_on is null, 1, 0)) over by_day as island
    from signed_days
    left join held_days
        on
            signed_days.service = held_days.service
            and signed_days.charge_kind = held_days.charge_kind
            and signed_days.charged_on = held_days.charged_on
    window by_day as (
        partition by signed_days.service, signed_days.charge_kind
        order by signed_days.charged_on
    )
),

final as (
    select
        numbered.service,
        numbered.charge_kind,
        numbered.charged_on,
        case
            when
                numbered.charge_kind = 'adjustments' and same_adjustments.service is not null
                then cast(numbered.charge_month as varchar)
            when numbered.is_held or numbered.holds_next then 'held ' || numbered.island
            else cast(numbered.charge_month as varchar) || ' ' || numbered.sources
        end as block
    from numbered
    left join same_adjustments
        on
            numbered.service = same_adjustments.service
            and numbered.charge_month = same_adjustments.charge_month
)

select * from final
