-- A year that is paid at once: over the year as many seats are bought as the list with the most
-- shows, each once, and never any for less than a month or more than the year.
with seats as (
    select
        contracted_seats.*,
        annual_seats.term_start,
        annual_seats.term_end,
        annual_seats.bought_months,
        datediff('month', annual_seats.bought_from, annual_seats.term_end) as months_paid
    from {{ ref('contracted_seats') }} as contracted_seats
    inner join {{ ref('annual_seats') }} as annual_seats
        on
            contracted_seats.seat_id = annual_seats.seat_id
            and contracted_seats.month_start = annual_seats.month_start
),

lists as (
    select
        service,
        account_id,
        plan_type,
        term_start,
        month_start,
        source_dataset,
        sum(seat_count) as seats_held,
        -- months_paid is the same in one list, so that this is a whole number of seats.
        sum(bought_months) / min(months_paid) as seats_bought,
        min(months_paid) as months_paid,
        max(months_paid) as most_months_paid
    from seats
    group by service, account_id, plan_type, term_start, month_start, source_dataset
),

-- Two exports may list the same seats of a month; one of them carries the money.
months as (
    select
        service,
        account_id,
        plan_type,
        term_start,
        month_start,
        max(seats_held) as seats_held,
        max(seats_bought) as seats_bought,
        min(months_paid) as months_paid,
        max(most_months_paid) as most_months_paid
    from lists
    group by service, account_id, plan_type, term_start, month_start
)

select
    service,
    account_id,
    plan_type,
    term_start,
    sum(seats_bought) as seats_bought,
    max(seats_held) as seats_held
from months
group by service, account_id, plan_type, term_start
having
    sum(seats_bought) != max(seats_held)
    or min(months_paid) < 1
    or max(most_months_paid) > 12
