-- Each step of the way keeps its grain: a join that finds two partners, or none, shows here.
with counts as (
    select
        'priced_usage' as step,
        (select count(*) from {{ ref('usage') }}) as rows_before,
        (select count(*) from {{ ref('priced_usage') }}) as rows_after
    union all
    select
        'priced_seats',
        (select count(*) from {{ ref('seats') }}),
        (select count(*) from {{ ref('priced_seats') }})
    union all
    select
        'charge',
        (select count(*) from {{ ref('usage_charges') }})
        + (select count(*) from {{ ref('bill_charges') }})
        + (select count(*) from {{ ref('seat_charges') }}),
        (select count(*) from {{ ref('charge') }})
    union all
    select
        'attribution, one row per evidence_key',
        (select count(distinct evidence_key) from {{ ref('attribution') }}),
        (select count(*) from {{ ref('attribution') }})
    union all
    select
        'charge, one row per charge_id',
        (select count(distinct charge_id) from {{ ref('charge') }}),
        (select count(*) from {{ ref('charge') }})
    union all
    select
        'usage, one row per usage_id',
        (select count(distinct usage_id) from {{ ref('usage') }}),
        (select count(*) from {{ ref('usage') }})
    union all
    select
        'bill_lines, one row per bill_line_id',
        (select count(distinct bill_line_id) from {{ ref('bill_lines') }}),
        (select count(*) from {{ ref('bill_lines') }})
    union all
    select
        'seats, one row per seat_id and month',
        (select count(distinct (seat_id, month_start)) from {{ ref('seats') }}),
        (select count(*) from {{ ref('seats') }})
)

select * from counts where rows_before != rows_after
