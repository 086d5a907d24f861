-- Each seat of a list once, and per list and plan under contract as many seats as were bought, or
-- as are listed where those are more.
with listed as (
    select
        source_dataset,
        service,
        account_id,
        month_start,
        plan_type,
        sum(seat_count) as seat_count
    from {{ ref('seats') }}
    group by all
),

held as (
    select
        source_dataset,
        service,
        account_id,
        month_start,
        plan_type,
        sum(seat_count) as seat_count,
        max(contract_id) as contract_id
    from {{ ref('contracted_seats') }}
    group by all
),

bought as (
    select
        held.*,
        listed.seat_count as listed_seats,
        seat_contracts.bought_seats
    from held
    full outer join listed
        on
            held.source_dataset = listed.source_dataset
            and held.service = listed.service
            and held.account_id is not distinct from listed.account_id
            and held.month_start = listed.month_start
            and held.plan_type = listed.plan_type
    left join {{ ref('seat_contracts') }} as seat_contracts
        on
            held.contract_id = seat_contracts.contract_id
            and held.service = seat_contracts.service
            and held.account_id is not distinct from seat_contracts.account_id
            and held.plan_type = seat_contracts.plan
            and held.month_start >= coalesce(seat_contracts.valid_from, date '1900-01-01')
            and held.month_start < coalesce(seat_contracts.valid_to, date '9999-12-31')
)

select * from bought
where
    seat_count is distinct from greatest(coalesce(listed_seats, 0), coalesce(bought_seats, 0))
