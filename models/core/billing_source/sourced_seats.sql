-- Priced seats with the days of the month that no bill covers: all of them, or those that are
-- charged from the list. One row per seat and month.
with priced_seats as (
    select * from {{ ref('priced_seats') }}
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind = 'seats' and evidence != 'bill'
),

held as (
    select
        priced_seats.*,
        greatest(charged_from, month_start) as held_from,
        -- A year's seats are bought on one day.
        if(
            billing_term = 'annual',
            greatest(charged_from, month_start) + 1,
            least(charged_to, last_day(month_start) + 1)
        ) as held_until
    from priced_seats
),

held_days as (
    select
        held.seat_id,
        held.month_start,
        held.source_dataset,
        source_days.charged_on,
        source_days.is_best_log,
        source_days.billing_month,
        source_days.is_billing_source
        or (
            source_days.is_best_log
            and coalesce(
                not list_contains(
                    source_days.billed_sub_accounts,
                    {{ compared_account('held.sub_account_id') }}
                ),
                false
            )
        ) as is_unbilled
    from held
    inner join source_days
        on
            held.source_dataset = source_days.source_dataset
            and held.service = source_days.service
            and held.account_id is not distinct from source_days.account_id
            and held.held_from <= source_days.charged_on
            and held.held_until > source_days.charged_on
),

counted as (
    select
        seat_id,
        month_start,
        source_dataset,
        count(*) as held_days,
        count(*) filter (where is_unbilled) as unbilled_days,
        min(charged_on) filter (where is_unbilled) as unbilled_from,
        max(charged_on) filter (where is_unbilled) as unbilled_until,
        bool_or(is_best_log) as is_best_log,
        min(billing_month) as billing_month
    from held_days
    group by all
),

final as (
    select
        held.* exclude (held_from, held_until), -- noqa: RF02
        coalesce(counted.unbilled_days, 0) > 0 as is_billing_source,
        coalesce(counted.is_best_log, false) as is_best_log,
        coalesce(counted.billing_month, held.month_start) as billing_month,
        -- quantity x days / days, rounded half up to 10 decimals in whole numbers.
        case
            when counted.unbilled_days = counted.held_days then held.pricing_quantity
            else {{ decimal_of_units(
                '(' ~ whole_units('held.pricing_quantity', 10)
                ~ ' * 2 * counted.unbilled_days + counted.held_days) // (2 * counted.held_days)',
                10, pricing_quantity_type()
            ) }}
        end as unbilled_quantity,
        if(
            counted.unbilled_days = counted.held_days, held.charged_from, counted.unbilled_from
        ) as unbilled_from,
        if(
            counted.unbilled_days = counted.held_days, held.charged_to, counted.unbilled_until + 1
        ) as unbilled_to
    from held
    left join counted
        on
            held.seat_id = counted.seat_id
            and held.month_start = counted.month_start
            and held.source_dataset = counted.source_dataset
)

select * from final -- noqa: AM04
