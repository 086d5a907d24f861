{{ config(materialized='table') }}

-- What each source says a day costs, charged or not. A line of several days and the list of a month
-- are spread evenly over their days: for comparison only, no charge is made of it.
with logged_days as (
    select * from {{ ref('logged_days') }}
),

billed_lines as (
    select * from {{ ref('billed_lines') }}
),

common_days as (
    select distinct
        service,
        charge_kind
    from {{ ref('common_bill_days') }}
),

lines as (
    select
        billed_lines.*,
        if(
            common_days.service is not null,
            1,
            greatest(
                date_diff(
                    'day',
                    billed_lines.charged_on,
                    cast(billed_lines.period_end - interval 1 microsecond as date)
                ) + 1, 1
            )
        ) as day_count
    from billed_lines
    left join common_days
        on
            billed_lines.service = common_days.service
            and billed_lines.charge_kind = common_days.charge_kind
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
    from lines
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
