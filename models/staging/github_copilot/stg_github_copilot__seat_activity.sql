with records as (
    select * from {{ ref('base_github_copilot__seats') }}
    where record_status = 'accepted'
),

final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || assignee_id as seat_id,
        record_id,
        seat_id || '/' || month_start as activity_id,
        source_dataset,
        source_file,
        source_line,
        'github_copilot' as service,
        account_folder as account_id,
        user_id,
        month_start,
        last_activity_at,
        last_authenticated_at,
        snapshot_on as observed_on,
        'complete' as signal_state
    from records
)

{{ as_shape('seat_activity', 'final') }}
