-- An invited person is no idle one, and is left out.
with records as (
    select * from {{ ref('base_chatgpt__user_analytics') }}
    where record_status = 'accepted' and seat_state = 'assigned'
),

final as (
    select
        concat_ws('/', 'chatgpt', account_id, person_id) as seat_id,
        concat_ws('/', source_dataset, account_id, person_id, month_start) as activity_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'chatgpt' as service,
        account_id,
        user_id,
        month_start,
        cast(last_active_on as timestamp) as last_activity_at,
        cast(messages as {{ quantity_type() }}) as units_used,
        'Messages' as units,
        observed_from,
        observed_until as observed_on,
        if(is_complete, 'complete', 'partial') as signal_state
    from records
)

{{ as_shape('seat_activity', 'final') }}
