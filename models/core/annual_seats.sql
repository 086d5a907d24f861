with seats as (
    select * from {{ ref('contracted_seats') }}
    where billing_term = 'annual'
),

terms as (
    select
        *,
        cast(
            term_starts_on + to_months(
                datediff('month', term_starts_on, month_start) // 12 * 12
            ) as date
        ) as term_start
    from seats
),

seen as (
    select
        *,
        min(month_start) over (partition by seat_id, term_start) = month_start as is_new
    from terms
),

-- The seats of a plan are one pool: who holds one may change. The first list in a term shows what
-- was bought when it began; later only seats above the most there ever were are bought in addition.
pools as (
    select
        source_dataset,
        service,
        account_id,
        plan_type,
        term_start,
        month_start,
        sum(seat_count) as seats,
        max(sum(seat_count)) over (
            partition by service, account_id, plan_type, term_start
            order by month_start asc
            range between unbounded preceding and interval 1 day preceding
        ) as seats_before
    from terms
    group by source_dataset, service, account_id, plan_type, term_start, month_start
),

-- Added seats go to whoever is new in the term, then to nobody, then to the others.
queued as (
    select
        seen.*,
        pools.seats_before is null as is_first_list,
        pools.seats - coalesce(pools.seats_before, 0) as added_seats,
        coalesce(
            sum(seen.seat_count) over (
                partition by
                    seen.source_dataset, seen.service, seen.account_id, seen.plan_type,
                    seen.month_start
                order by
                    seen.is_new desc,
                    seen.seat_state = 'unassigned' desc,
                    seen.seat_id asc
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as seats_ahead
    from seen
    inner join pools
        on
            seen.source_dataset = pools.source_dataset
            and seen.service = pools.service
            and seen.account_id is not distinct from pools.account_id
            and seen.plan_type = pools.plan_type
            and seen.month_start = pools.month_start
),

final as (
    select
        seat_id,
        month_start,
        term_start,
        cast(term_start + interval 12 month as date) as term_end,
        if(is_first_list, term_start, greatest(term_start, month_start)) as bought_from,
        {{ exact_product(
            'greatest(least(seat_count, added_seats - seats_ahead), 0)',
            "if(is_first_list, 12, 12 - datediff('month', term_start, month_start))",
            pricing_quantity_type()
        ) }} as bought_months
    from queued
)

select * from final
