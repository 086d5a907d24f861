{{ config(materialized='table') }}

-- What each source says a day costs, charged or not. A line of several days is spread evenly over
-- them: for comparison only, no charge is made of it.
with logged_days as (
    select * from {{ ref('logged_days') }}
),

billed_lines as (
    select * from {{ ref('billed_lines') }}
),

lines as (
    select
        *,
        greatest(
            date_diff(
                'day', charged_on, cast(period_end - interval 1 microsecond as date)
            ) + 1, 1
        ) as day_count
    from billed_lines
),

spread as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charged_on + cast(unnest(range(day_count)) as integer) as charged_on,
        currency,
        {{ whole_part('amount', 'day_count') }} as amount
    from lines
),

stacked as (
    select
        source_dataset,
        service,
        account_id,
        charge_kind,
        charged_on,
        currency,
        record_count,
        tokens,
        amount
    from logged_days
    union all by name
    select * from spread
),

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
        cast(coalesce(sum(amount), 0) as {{ money_type() }}) as amount
    from stacked
    group by all
)

select * from final
