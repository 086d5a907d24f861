{{ config(materialized='table') }}
{%- set money = money_type() %}

with seats as (
    select
        * exclude (seat_count),
        seat_count as charged_seats
    from {{ ref('seat_signals') }}
),

verdicts as (
    select * from {{ ref('seat_verdicts') }}
),

seat_costs as (
    select * from {{ ref('seat_costs') }}
),

services as (
    select * from {{ ref('services') }}
),

contracts as (
    select * from {{ ref('contracts') }}
    where
        commitment_quantity is not null
        and regexp_matches(lower(commitment_unit), 'seat|user|licen[cs]e')
),

exclusions as (
    select * from {{ ref('seat_exclusions') }}
),

-- Charged seats that no list shows stay: a hole in the list, or a seat that nobody knows of.
rows_of_seats as (
    select
        seats.*,
        verdicts.verdict as listed_verdict,
        verdicts.reason as listed_reason,
        verdicts.exclusion as listed_exclusion,
        verdicts.excluded_until as listed_excluded_until,
        seat_costs.currency,
        seat_costs.x_cost_basis,
        seat_costs.billed_cost,
        seat_costs.effective_cost,
        seat_costs.month_price,
        seat_costs.paid_until,
        true as is_listed
    from seats
    inner join verdicts
        on
            seats.seat_id = verdicts.seat_id
            and seats.month_start = verdicts.month_start
    left join seat_costs
        on
            seats.seat_id = seat_costs.seat_id
            and seats.month_start = seat_costs.month_start
    union all by name
    select
        seat_costs.*,
        false as is_listed,
        'assigned' as seat_state,
        cast(1 as {{ quantity_type() }}) as charged_seats,
        last_day(seat_costs.month_start) as judged_on,
        'none' as signal_state,
        false as is_used_in_month
    from seat_costs
    left join seats
        on
            seat_costs.seat_id = seats.seat_id
            and seat_costs.month_start = seats.month_start
    where seats.seat_id is null
),

-- A seat that is paid for a year has its charge in the first month and is paid in all of them.
priced as (
    select
        *,
        if(user_id is null and is_listed, charged_seats, 1) as seat_count,
        last_value(month_price ignore nulls) over so_far as last_month_price,
        last_value(currency ignore nulls) over so_far as last_currency,
        max(paid_until) over so_far as last_paid_until,
        row_number() over (partition by seat_id, month_start order by currency asc)
            as currency_order
    from rows_of_seats
    window
        so_far as (
            partition by seat_id order by month_start asc, currency asc
            rows between unbounded preceding and current row
        )
),

-- The newest list of a service, unless it has been overtaken by the lists of the others.
dated as (
    select
        *,
        effective_cost is null
        and coalesce(last_paid_until > month_start, false) as is_prepaid,
        is_listed
        and month_start = max(month_start) filter (where is_listed) over same_account
        and month_start >= (max(month_start) filter (where is_listed) over ()) - interval 1 month
            as is_current
    from priced
    window same_account as (partition by service, account_id)
),

-- A seat on no list is excluded like any other.
excluded as (
    select
        dated.seat_id,
        dated.month_start,
        arg_max(exclusions.reason, exclusions.valid_to) as exclusion,
        max(exclusions.valid_to) as excluded_until
    from dated
    inner join exclusions on {{ exclusion_condition('dated') }}
    where not dated.is_listed
    group by dated.seat_id, dated.month_start
),

-- Two seats of one kind for one person, be it of two vendors or of one.
kinds as (
    select
        dated.holder,
        dated.month_start,
        services.service_subcategory as kind,
        count(distinct dated.seat_id) as seat_number,
        string_agg(distinct dated.service, ', ' order by dated.service) as tools
    from dated
    inner join services on dated.service = services.service
    where dated.holder is not null and dated.charged_seats > 0
    group by all
    having count(distinct dated.seat_id) > 1
),

-- What only the costs tell: that nothing is paid, or that nobody lists what is paid.
judged as (
    select
        dated.*,
        coalesce(dated.listed_exclusion, excluded.exclusion) as exclusion,
        coalesce(dated.listed_excluded_until, excluded.excluded_until) as excluded_until,
        case
            when dated.charged_seats = 0 and dated.effective_cost is null
                then ['excluded', 'not paid for: ' || dated.seat_state]
            when excluded.exclusion is not null
                then ['excluded', excluded.exclusion || ' until ' || excluded.excluded_until]
            when not dated.is_listed
                then ['unknown', 'charged, and on no seat list of this month']
            else [dated.listed_verdict, dated.listed_reason]
        end as judgement,
        if(dated.charged_seats > 0, kinds.tools, null) as overlapping_tools
    from dated
    left join excluded
        on
            dated.seat_id = excluded.seat_id
            and dated.month_start = excluded.month_start
    left join services on dated.service = services.service
    left join kinds
        on
            dated.holder = kinds.holder
            and dated.month_start = kinds.month_start
            and services.service_subcategory = kinds.kind
),

-- Months of the past and seats that are cancelled already give nothing back.
claims as (
    select
        *,
        judgement[1] as verdict,
        judgement[2] || if(ends_on > judged_on, '; ends on ' || ends_on, '') as reason,
        is_current and currency_order = 1 and charged_seats > 0 as is_counted,
        coalesce(ends_on > judged_on, false) as is_cancelled,
        coalesce(last_paid_until > last_day(month_start) + 1, false) as is_term_paid,
        -- The price of a month that is paid; a bill without one says what the single seat costs.
        cast(
            case
                when effective_cost is null and not is_prepaid then null
                when last_month_price is not null then last_month_price
                when seat_count = 1 and paid_until <= last_day(month_start) + 1
                    then effective_cost
            end as {{ unit_price_type() }}
        ) as seat_price
    from judged
),

-- The newest day of a service's lists, and the seats that will still be paid for after it.
lists as (
    select
        service,
        max(judged_on) as judged_on,
        sum(seat_count) filter (where not is_cancelled) as paid_seats
    from claims
    where is_counted
    group by service
),

floors as (
    select
        lists.service,
        max(lists.paid_seats) - sum(contracts.commitment_quantity) as free_seats,
        max(contracts.contract_end) as contract_end
    from lists
    inner join contracts
        on
            lists.service = contracts.service
            and lists.judged_on >= contracts.commitment_start
            and lists.judged_on < contracts.commitment_end
    group by lists.service
),

-- Seats that can go before the contract's minimum is reached; without one all of them.
ranked as (
    select
        claims.*,
        floors.contract_end,
        floors.service is not null as has_floor,
        floors.free_seats,
        claims.is_counted
        and claims.verdict in ('certain', 'probable')
        and not claims.is_cancelled as is_claimed
    from claims
    left join floors on claims.service = floors.service
),

counted as (
    select
        *,
        coalesce(
            sum(seat_count) filter (where is_claimed and not is_term_paid) over (
                partition by service
                order by verdict asc, seat_price desc nulls last, seat_id asc, month_start asc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as seats_before
    from ranked
),

stoppable as (
    select
        *,
        case
            when not is_claimed or is_term_paid then 0
            when not has_floor then seat_count
            else greatest(0, least(seat_count, free_seats - seats_before))
        end as seats_now
    from counted
),

valued as (
    select
        *,
        if(is_claimed, seat_count, 0) - seats_now as seats_at_renewal,
        {{ exact_product('seat_price', 'seats_now', money) }} as cost_now,
        {{ exact_product('seat_price', 'if(is_claimed, seat_count, 0)', money) }} as cost_a_month
    from stoppable
),

final as (
    select
        seat_id,
        month_start,
        service,
        account_id,
        plan_type,
        seat_state,
        cast(seat_count as {{ quantity_type() }}) as seat_count,
        holder,
        coalesce(department, 'Unattributed') as department,
        judged_on,
        is_current,
        verdict,
        reason,
        held_since,
        tenure_days,
        last_used_on,
        idle_days,
        active_days,
        working_days,
        utilisation,
        signal_state,
        observed_on,
        feed_used_on,
        ends_on,
        is_cancelled as is_pending_cancellation,
        exclusion,
        excluded_until,
        overlapping_tools,
        coalesce(currency, last_currency) as currency,
        x_cost_basis,
        billed_cost,
        effective_cost,
        case
            when effective_cost is not null then 'charged'
            when is_prepaid then 'paid in advance in an earlier month'
            when charged_seats = 0 then 'not paid for'
            else 'no price, and no bill that names it'
        end as cost_status,
        case
            when not is_claimed then null
            when is_term_paid then last_paid_until
            when seats_at_renewal > 0 then contract_end
        end as renewal_on,
        case
            when not is_claimed then null
            when is_term_paid then 'paid in advance'
            when has_floor then 'contract with a minimum of seats'
            else 'monthly: no minimum in the register of contracts'
        end as contract_terms,
        if(is_claimed, cost_now, 0) as recoverable_cost_now,
        if(is_claimed, cost_a_month - cost_now, 0) as recoverable_cost_at_renewal,
        if(is_claimed, {{ exact_product('cost_a_month', '12', money) }}, 0)
            as recoverable_cost_annualised
    from valued
)

select * from final
