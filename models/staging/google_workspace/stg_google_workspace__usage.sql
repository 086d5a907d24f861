with records as (
    select * from {{ ref('base_google_workspace__gemini_activity') }}
    where record_status = 'accepted'
),

-- Whatever Gemini did, asked or unasked, is paid with the licence: nothing is charged per event.
final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || record_id as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'google_workspace' as service,
        account_folder as account_id,
        user_id,
        'requests' as meter,
        cast(1 as {{ quantity_type() }}) as quantity,
        1 as request_count,
        'standard' as service_tier,
        occurred_at as started_at,
        occurred_at as ended_at,
        category as status,
        false as is_billable,
        {{ known_text('app') }} as feature
    from records
)

{{ as_shape('usage', 'final') }}
