with seats as (
    select {{ shape_columns('seats') | join(', ') }}
    from {{ ref('seats') }}
),

seat_contracts as (
    select * from {{ ref('seat_contracts') }}
),

lists as (
    select
        source_dataset,
        service,
        account_id,
        month_start,
        min(record_id) as record_id,
        arg_min(source_file, record_id) as source_file,
        arg_min(source_line, record_id) as source_line,
        max(snapshot_on) as snapshot_on
    from seats
    group by source_dataset, service, account_id, month_start
),

-- What was agreed for a plan in the month of a list.
agreed as (
    select
        lists.*,
        seat_contracts.plan as plan_type,
        seat_contracts.billing_term,
        seat_contracts.term_starts_on,
        seat_contracts.bought_seats,
        seat_contracts.unassigned_department,
        seat_contracts.unit_price,
        seat_contracts.currency,
        seat_contracts.multiplier,
        seat_contracts.proration,
        seat_contracts.contract_id
    from lists
    inner join seat_contracts
        on
            lists.service = seat_contracts.service
            and lists.account_id is not distinct from seat_contracts.account_id
            and lists.month_start >= coalesce(seat_contracts.valid_from, date '1900-01-01')
            and lists.month_start < coalesce(seat_contracts.valid_to, date '9999-12-31')
),

listed as (
    select
        source_dataset,
        service,
        account_id,
        month_start,
        plan_type,
        sum(seat_count) as seat_count
    from seats
    group by source_dataset, service, account_id, month_start, plan_type
),

-- Bought by contract, and in no list. A plan that nobody has yet leaves a row of 0 seats.
unassigned as (
    select
        concat_ws('/', agreed.service, agreed.account_id, agreed.plan_type, 'unassigned')
            as seat_id,
        agreed.record_id,
        agreed.source_dataset,
        agreed.source_file,
        agreed.source_line,
        agreed.service,
        agreed.account_id,
        agreed.plan_type,
        'unassigned' as seat_state,
        agreed.month_start,
        agreed.snapshot_on,
        cast(
            coalesce(agreed.bought_seats - coalesce(listed.seat_count, 0), 0)
            as {{ quantity_type() }}
        ) as seat_count
    from agreed
    left join listed
        on
            agreed.source_dataset = listed.source_dataset
            and agreed.service = listed.service
            and agreed.account_id is not distinct from listed.account_id
            and agreed.month_start = listed.month_start
            and agreed.plan_type = listed.plan_type
    where listed.seat_count is null or agreed.bought_seats > listed.seat_count
),

bought as (
    select * from seats
    union all by name
    select * from unassigned
),

final as (
    select
        bought.* replace (
            if(
                bought.seat_state = 'unassigned',
                coalesce(bought.team_name, agreed.unassigned_department),
                bought.team_name
            ) as team_name
        ),
        coalesce(agreed.billing_term, 'monthly') as billing_term,
        agreed.term_starts_on,
        agreed.unit_price as agreed_unit_price,
        agreed.currency as agreed_currency,
        agreed.multiplier,
        agreed.proration as agreed_proration,
        agreed.contract_id
    from bought
    left join agreed
        on
            bought.source_dataset = agreed.source_dataset
            and bought.service = agreed.service
            and bought.account_id is not distinct from agreed.account_id
            and bought.month_start = agreed.month_start
            and bought.plan_type = agreed.plan_type
)

select * from final -- noqa: AM04
