-- Days on which bills of a service are compared: those that a line holds together, such as a month
-- beside lines of days, those of a month of which two bills state the same amount, and else those on
-- which the same bills are there.
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

-- Two bills of one amount say the same of the month, whatever days they put it on.
totals as (
    select
        service,
        charge_kind,
        source_dataset,
        date_trunc('month', charged_on) as charge_month,
        currency,
        sum(amount) as amount
    from billed_lines
    where charge_kind != 'adjustments'
    group by all
),

equal_months as (
    select distinct
        one.service,
        one.charge_kind,
        one.charge_month
    from totals as one
    inner join totals as other
        on
            one.service = other.service
            and one.charge_kind = other.charge_kind
            and one.charge_month = other.charge_month
            and one.currency = other.currency
            and one.source_dataset < other.source_dataset
    where
        one.amount != 0
        and abs(one.amount - other.amount) <= {{ whole_part('abs(one.amount)', 1000) }}
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
