-- Each step of the way keeps its grain: a join that finds two partners, or none, shows here.
with divided_lines as (
    select
        draws.charge_id,
        count(*)
        - if(sum(draws.drawn_cost) = any_value(charge_lines.billed_cost), 1, 0) as parts_more
    from {{ ref('commitment_draws') }} as draws
    inner join {{ ref('charge_lines') }} as charge_lines
        on draws.charge_id = charge_lines.charge_id
    where draws.is_prepaid
    group by draws.charge_id
),

data_end as (
    select max(charge_period_start) as known_until
    from {{ ref('charge_lines') }}
),

prepayments as (
    select
        balances.contract_commitment_id,
        balances.commitment_start,
        balances.commitment_end,
        balances.balance,
        coalesce(sum(draws.drawn_cost), 0) as drawn_cost,
        data_end.known_until
    from {{ ref('commitment_balances') }} as balances
    cross join data_end
    left join {{ ref('commitment_draws') }} as draws
        on
            balances.contract_commitment_id = draws.contract_commitment_id
            and draws.is_prepaid
    where balances.is_prepaid
    group by all
),

counts as (
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
        (
            select count(distinct seat_id || '/' || month_start)
            from {{ ref('contracted_seats') }}
        ) as rows_before,
        (select count(*) from {{ ref('contracted_seats') }}) as rows_after
    union all
    select
        'priced_seats' as step,
        (select count(*) from {{ ref('contracted_seats') }}) as rows_before,
        (select count(*) from {{ ref('priced_seats') }}) as rows_after
    union all
    select
        'charge_lines' as step,
        (select count(*) from {{ ref('usage_charges') }})
        + (select count(*) from {{ ref('bill_charges') }})
        + (select count(*) from {{ ref('focus_charges') }})
        + (select count(*) from {{ ref('seat_charges') }}) as rows_before,
        (select count(*) from {{ ref('charge_lines') }}) as rows_after
    union all
    -- A line has a part for each prepayment that pays for it and one for what is left of it; a
    -- prepayment is bought once and may lapse once.
    select
        'covered_lines' as step,
        (select count(*) from {{ ref('charge_lines') }})
        + (select coalesce(sum(parts_more), 0) from divided_lines)
        + (select count(*) filter (commitment_start <= known_until) from prepayments)
        + (
            select count(*) filter (commitment_end <= known_until and balance > drawn_cost)
            from prepayments
        ) as rows_before,
        (select count(*) from {{ ref('covered_lines') }}) as rows_after
    union all
    select
        'current_charges' as step,
        (select count(*) from {{ ref('covered_lines') }})
        + (select count(*) from {{ ref('allocations') }})
        - (select count(distinct charge_id) from {{ ref('allocations') }}) as rows_before,
        (select count(*) from {{ ref('current_charges') }}) as rows_after
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
