with members as (
    select * from {{ ref('base_cursor__members') }}
    where record_status = 'accepted'
),

-- Who was removed before the month, and who only administers (free-owner), has no paid seat.
final as (
    select
        concat_ws('/', 'cursor', account_folder, user_id) as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'cursor' as service,
        account_folder as account_id,
        user_id,
        if(role = 'free-owner', 'free', 'unknown') as plan_type,
        if(was_member, 'assigned', 'unassigned') as seat_state,
        month_start,
        ends_on,
        snapshot_on,
        cast(if(was_member and role != 'free-owner', 1, 0) as {{ quantity_type() }})
            as seat_count
    from members
)

{{ as_shape('seats', 'final') }}
