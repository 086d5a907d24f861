-- Each step of the way keeps its grain: a join that finds two partners, or none, shows here.
with counts as (
    select
        'priced_usage' as step,
        (select count(*) from {{ ref('usage') }}) as rows_before,
        (select count(*) from {{ ref('priced_usage') }}) as rows_after
    union all
    select
        'measured_bill_lines' as step,
        (select count(*) from {{ ref('bill_lines') }}) as rows_before,
        (select count(*) from {{ ref('measured_bill_lines') }}) as rows_after
    union all
    select
        'contracted_seats, one row per seat and month' as step,
        (select count(distinct (seat_id, month_start)) from {{ ref('contracted_seats') }})
            as rows_before,
        (select count(*) from {{ ref('contracted_seats') }}) as rows_after
    union all
    select
        'priced_seats' as step,
        (select count(*) from {{ ref('contracted_seats') }}) as rows_before,
        (select count(*) from {{ ref('priced_seats') }}) as rows_after
    union all
    select
        'charge' as step,
        (select count(*) from {{ ref('usage_charges') }})
        + (select count(*) from {{ ref('bill_charges') }})
        + (select count(*) from {{ ref('focus_charges') }})
        + (select count(*) from {{ ref('seat_charges') }}) as rows_before,
        (select count(*) from {{ ref('charge') }}) as rows_after
    union all
    select
        'attribution, one row per evidence_key' as step,
        (select count(distinct evidence_key) from {{ ref('attribution') }}) as rows_before,
        (select count(*) from {{ ref('attribution') }}) as rows_after
    union all
    select
        'charge, one row per charge_id' as step,
        (select count(distinct charge_id) from {{ ref('charge') }}) as rows_before,
        (select count(*) from {{ ref('charge') }}) as rows_after
)

select * from counts
where rows_before != rows_after
