{{ config(materialized='table') }}

with current_charges as (
    select * from {{ ref('current_charges') }}
),

closed_periods as (
    select * from {{ ref('closed_periods') }}
),

closed_charges as (
    select * from {{ ref('closed_charges') }}
),

corrections as (
    select * from {{ ref('corrections') }}
),

-- A row that has moved here from a closed month left its id there.
open_charges as (
    select
        current_charges.* replace (
            current_charges.charge_id || if(
                closed_charges.charge_id is not null,
                '/' || strftime(current_charges.billing_period_start, '%Y-%m'),
                ''
            ) as charge_id
        )
    from current_charges
    left join closed_periods
        on
            current_charges.service = closed_periods.service
            and date_trunc('month', current_charges.billing_period_start)
            = closed_periods.billing_month
    left join closed_charges on current_charges.charge_id = closed_charges.charge_id
    where closed_periods.billing_month is null
),

final as (
    select * from open_charges
    union all
    select * from closed_charges
    union all
    select * from corrections
)

select * from final -- noqa: AM04
