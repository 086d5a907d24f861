with seats as (
    select {{ shape_columns('seats') | join(', ') }}
    from {{ ref('seats') }}
),

seat_prices as (
    select * from {{ ref('seat_prices') }}
),

final as (
    select
        seats.*,
        seat_prices.pricing_unit,
        seat_prices.unit_price,
        seat_prices.currency
    from seats
    left join seat_prices
        on
            seats.service = seat_prices.service
            and seats.plan_type = seat_prices.plan
            and seats.month_start >= coalesce(seat_prices.valid_from, date '1900-01-01')
            and seats.month_start < coalesce(seat_prices.valid_to, date '9999-12-31')
)

select * from final
