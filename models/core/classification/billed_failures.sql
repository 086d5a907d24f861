with priced_usage as (
    select * from {{ ref('priced_usage') }}
    where is_billable
),

final as (
    select
        usage_id,
        'billed failure' as finding,
        cast(0 as {{ unit_price_type() }}) as needed_unit_price,
        record_id as evidence
    from priced_usage
    where {{ is_failed('status') }}
)

select * from final
