with events as (
    select
        *,
        cast(occurred_at as date) as happened_on,
        cast(date_trunc('month', occurred_at) as date) as month_start
    from {{ ref('base_google_workspace__gemini_activity') }}
    where record_status = 'accepted'
),

-- How far the log of an account reaches: silence before its first event proves nothing.
reach as (
    select
        account_folder,
        min(happened_on) as first_day,
        max(happened_on) as last_day
    from events
    group by account_folder
),

-- Only what somebody asked for is use: Gemini also sums up and suggests unasked.
person_months as (
    select
        account_folder,
        month_start,
        user_id,
        max(source_dataset) as source_dataset,
        arg_max(record_id, (occurred_at, record_id)) as record_id,
        arg_max(source_file, (occurred_at, record_id)) as source_file,
        arg_max(source_line, (occurred_at, record_id)) as source_line,
        max(occurred_at) filter (where is_active) as last_activity_at,
        count(distinct happened_on) filter (where is_active) as active_days,
        count(*) filter (where is_active) as active_events,
        count(*) filter (where not is_active and category != 'inactive') as unknown_events
    from events
    group by account_folder, month_start, user_id
),

final as (
    select
        person_months.source_dataset || '/'
        || coalesce(person_months.account_folder || '/', '') || person_months.user_id || '/'
        || person_months.month_start as activity_id,
        person_months.record_id,
        person_months.source_dataset,
        person_months.source_file,
        person_months.source_line,
        'google_workspace' as service,
        person_months.account_folder as account_id,
        person_months.user_id,
        person_months.month_start,
        person_months.last_activity_at,
        cast(person_months.active_days as integer) as active_days,
        cast(person_months.active_events as {{ quantity_type() }}) as units_used,
        'Events' as units,
        greatest(person_months.month_start, reach.first_day) as observed_from,
        least(last_day(person_months.month_start), reach.last_day) as observed_on,
        case
            when reach.first_day > person_months.month_start then 'partial'
            -- Events of which Google does not say whether anybody asked may have been use.
            when person_months.active_events = 0 and person_months.unknown_events > 0
                then 'partial'
            else 'complete'
        end as signal_state
    from person_months
    inner join reach on person_months.account_folder is not distinct from reach.account_folder
)

{{ as_shape('seat_activity', 'final') }}
