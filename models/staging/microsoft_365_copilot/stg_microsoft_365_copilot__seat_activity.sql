with details as (
    select * from {{ ref('base_microsoft_365_copilot__usage_user_detail') }}
    where record_status = 'accepted'
),

licenses as (
    select * from {{ ref('base_microsoft_365_copilot__assigned_licenses') }}
    where record_status = 'accepted'
),

-- Days and prompts of a window that began in an earlier month are not those of this month.
use as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || user_id || '/'
        || month_start as activity_id,
        cast(null as varchar) as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        account_folder,
        user_id,
        month_start,
        cast(last_activity_on as timestamp) as last_activity_at,
        cast(null as timestamp) as last_authenticated_at,
        if(is_inside_month, active_days, null) as active_days,
        cast(if(is_inside_month, prompts, null) as {{ quantity_type() }}) as units_used,
        window_start as observed_from,
        refreshed_on as observed_on,
        if(is_concealed, 'concealed', 'complete') as signal_state
    from details
),

-- The list of users knows sign-ins at most, of Microsoft 365 as a whole: no word on use.
sign_ins as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || sku_id || '/' || holder_id
        || '/' || month_start as activity_id,
        'microsoft_365_copilot/' || coalesce(account_folder || '/', '') || sku_id || '/'
        || holder_id as seat_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        account_folder,
        user_id,
        month_start,
        last_authenticated_at,
        snapshot_on as observed_on,
        'partial' as signal_state
    from licenses
),

signals as (
    select * from use
    union all by name
    select * from sign_ins
),

final as (
    select
        * exclude (account_folder),
        'microsoft_365_copilot' as service,
        account_folder as account_id,
        if(units_used is not null, 'Prompts', null) as units
    from signals
)

{{ as_shape('seat_activity', 'final') }}
