with sourced_usage as (
    select * from {{ ref('sourced_usage') }}
),

sourced_seats as (
    select * from {{ ref('sourced_seats') }}
),

final as (
    select
        usage_id as unpriced_id,
        source_dataset,
        source_file,
        source_line,
        service,
        account_id,
        'usage' as charge_scope,
        started_at,
        model,
        meter,
        service_tier,
        quantity,
        request_count,
        price_status as reason,
        is_billing_source
    from sourced_usage
    where price_status not in ('priced', 'not billable') and stated_currency is null
    union all
    select
        seat_id || '/' || month_start as unpriced_id,
        source_dataset,
        source_file,
        source_line,
        service,
        account_id,
        'seat' as charge_scope,
        cast(month_start as timestamp) as started_at,
        plan_type as model,
        'seats' as meter,
        'standard' as service_tier,
        seat_months as quantity,
        0 as request_count,
        'no seat price for this plan in that month' as reason,
        is_billing_source
    from sourced_seats
    where contracted_unit_price is null and seat_months != 0
)

select * from final
