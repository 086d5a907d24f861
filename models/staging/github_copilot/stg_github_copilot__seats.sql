with records as (
    select * from {{ ref('base_github_copilot__seats') }}
    where record_status = 'accepted'
),

-- A seat that is to end, or was taken away after a snapshot showed it, is a seat of the month.
final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || assignee_id as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'github_copilot' as service,
        account_folder as account_id,
        organization as sub_account_id,
        organization as sub_account_name,
        user_id,
        team_name,
        plan_type,
        'assigned' as seat_state,
        month_start,
        assigned_at,
        ends_on,
        snapshot_on,
        cast(1 as {{ quantity_type() }}) as seat_count
    from records
)

{{ as_shape('seats', 'final') }}
