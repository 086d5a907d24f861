with records as (
    select * from {{ ref('base_google_workspace__licence_assignments') }}
    where record_status = 'accepted'
),

-- The list has neither dates of assignment nor purchased quantities: a licence held in a month
-- counts for all of it.
final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || sku_id || '/' || user_id
            as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'google_workspace' as service,
        account_folder as account_id,
        user_id,
        plan_type,
        'assigned' as seat_state,
        month_start,
        snapshot_on,
        cast(1 as {{ quantity_type() }}) as seat_count
    from records
)

{{ as_shape('seats', 'final') }}
