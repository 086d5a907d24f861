with charges as (
    select * from {{ ref('charge') }}
),

meters as (
    select * from {{ ref('meters') }}
    where meter = 'seats'
),

seats as (
    select * from {{ ref('seat_signals') }}
),

seat_charges as (
    select
        charges.*,
        cast(date_trunc('month', charges.charge_period_start) as date) as month_start
    from charges
    inner join meters on charges.sku_meter = meters.sku_meter
),

seat_names as (
    select distinct seat_id from seats
),

held_by_person as (
    {{ seats_of_people('seat_charges', 'seats') }}
),

-- What is billed and stands on no list is a row of its own.
placed as (
    select
        seat_charges.*,
        coalesce(
            seat_names.seat_id,
            held_by_person.seat_id,
            concat_ws(
                '/', 'no list', seat_charges.service, seat_charges.billing_account_id,
                seat_charges.x_plan_type, seat_charges.x_user
            )
        ) as seat_id,
        -- The price of a seat for one month, if the charge has one.
        case
            when lower(seat_charges.pricing_unit) like '%month%'
                then seat_charges.contracted_unit_price
            when lower(seat_charges.pricing_unit) like '%year%'
                then
                    cast(
                        {{ exact_ratio('seat_charges.contracted_unit_price', '12') }}
                        as {{ unit_price_type() }}
                    )
        end as month_price
    from seat_charges
    left join seat_names on seat_charges.resource_id = seat_names.seat_id
    left join held_by_person on seat_charges.charge_id = held_by_person.charge_id
),

final as (
    select
        seat_id,
        month_start,
        billing_currency as currency,
        any_value(service) as service,
        max(x_user) as holder,
        max(x_plan_type) as plan_type,
        max(x_department) as department,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis,
        cast(sum(billed_cost) as {{ money_type() }}) as billed_cost,
        cast(sum(effective_cost) as {{ money_type() }}) as effective_cost,
        -- A plan that changed in the month counts as it is at its end.
        arg_max(month_price, (charge_period_start, charge_id)) as month_price,
        cast(max(charge_period_end) as date) as paid_until
    from placed
    group by seat_id, month_start, billing_currency
)

select * from final
