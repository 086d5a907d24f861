with records as (
    select * from {{ ref('base_chatgpt__user_analytics') }}
    where record_status = 'accepted'
),

-- Whether an invitation is charged stands in the contract: it counts for no seat until accepted.
final as (
    select
        concat_ws('/', 'chatgpt', account_id, person_id) as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'chatgpt' as service,
        account_id,
        user_id,
        'unknown' as plan_type,
        seat_state,
        month_start,
        cast(created_on as timestamp) as assigned_at,
        observed_until as snapshot_on,
        cast(if(seat_state = 'assigned', 1, 0) as {{ quantity_type() }}) as seat_count
    from records
)

{{ as_shape('seats', 'final') }}
