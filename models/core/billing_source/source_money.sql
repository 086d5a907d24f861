{{ config(materialized='table') }}

-- What each source says a day costs, charged or not. A line of several days and the list of a month
-- are spread evenly over their days: for comparison only, no charge is made of it.
with logged_days as (
    select * from {{ ref('logged_days') }}
),

billed_lines as (
    select * from {{ ref('billed_lines') }}
),

whole_periods as (
    select * from {{ ref('bill_reach') }}
    where is_whole_period
),

-- Whole seats on one day of a bill are of the period that they pay for.
lines as (
    select
        billed_lines.* exclude (charged_on, period_end),
        if(
            whole_periods.service is null,
            billed_lines.charged_on, cast(billed_lines.billing_period_start as date)
        ) as charged_on,
        if(
            whole_periods.service is null, billed_lines.period_end, billed_lines.billing_period_end
        ) as period_end
    from billed_lines
    left join whole_periods
        on
            billed_lines.source_dataset = whole_periods.source_dataset
            and billed_lines.source_file = whole_periods.source_file
            and billed_lines.service = whole_periods.service
            and billed_lines.account_id is not distinct from whole_periods.account_id
            and billed_lines.is_billed_through = whole_periods.is_billed_through
            and billed_lines.charge_kind = whole_periods.charge_kind
            and billed_lines.billing_period_start = whole_periods.billing_period_start
            and billed_lines.billing_period_end = whole_periods.billing_period_end
),

counted as (
    select
        *,
        greatest(
            date_diff(
                'day', charged_on, cast(period_end - interval 1 microsecond as date)
            ) + 1, 1
        ) as day_count
    from lines
),

billed as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charged_on + cast(unnest(range(day_count)) as integer) as charged_on,
        currency,
        amount,
        day_count,
        unnest(range(day_count)) = 0 as is_first
    from counted
),

-- A list of seats has its money on the first of the month.
logged as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charged_on,
        currency,
        record_count,
        tokens,
        if(charge_kind = 'seats', sum(amount) over same_month, amount) as amount,
        if(charge_kind = 'seats', count(*) over same_month, 1) as day_count,
        charge_kind != 'seats' or charged_on = min(charged_on) over same_month as is_first
    from logged_days
    window
        same_month as (
            partition by
                source_dataset, service, account_id, charge_kind, currency,
                date_trunc('month', charged_on)
        )
),

stacked as (
    select * from logged
    union all by name
    select * from billed
),

parts as (
    select
        *,
        {{ whole_part('amount', 'day_count') }} as part_amount
    from stacked
),

-- The first day has what is left by the division, so that all days are the whole.
final as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charged_on,
        currency,
        cast(coalesce(sum(record_count), 0) as bigint) as record_count,
        cast(coalesce(sum(tokens), 0) as {{ quantity_type() }}) as tokens,
        cast(
            coalesce(
                sum(
                    if(
                        is_first,
                        amount
                        - {{ exact_product('part_amount', 'day_count - 1', money_type()) }},
                        part_amount
                    )
                ), 0
            ) as {{ money_type() }}
        ) as amount
    from parts
    group by all
)

select * from final
