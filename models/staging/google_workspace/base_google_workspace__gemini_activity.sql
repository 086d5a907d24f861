{{ config(materialized='table') }}

{%- set parameter = "list_filter(parameter_list, lambda p: p ->> '$.name' = '%s')[1]" %}

with lines as (
    select * from {{ source('google_workspace', 'gemini_activity') }}
),

items as (
    {{ json_items(
        'lines', items='items', next_page='nextPageToken', mark='events',
        is_empty="json_extract_string(page, '$.kind') = 'admin#reports#activities'",
        expected='a page of activities',
    ) }}
),

activities as (
    select
        * exclude (item),
        json_type(item) as json_kind,
        {{ json_text('item', '$.id.time') }} as time_text,
        {{ moment(json_text('item', '$.id.time')) }} as occurred_at,
        {{ json_text('item', '$.id.uniqueQualifier') }} as qualifier,
        {{ json_text('item', '$.id.applicationName') }} as application,
        nullif(trim({{ json_text('item', '$.id.customerId') }}), '') as customer_id,
        nullif(trim({{ json_text('item', '$.actor.email') }}), '') as email,
        nullif(trim({{ json_text('item', '$.actor.profileId') }}), '') as profile_id,
        {{ json_list("item -> '$.events'") }} as events,
        {{ unread_fields('item', [
            'kind', 'id', 'etag', 'actor', 'ipAddress', 'events', 'ownerDomain',
            'networkInfo', 'resourceDetails', 'userAgent',
        ]) }} as unread_fields
    from items
    where page_problem is not null or item_count > 0
),

events as (
    select
        * exclude (events),
        unnest(if(len(events) > 0, events, [cast(null as json)])) as event_part,
        generate_subscripts(if(len(events) > 0, events, [cast(null as json)]), 1) as event_number
    from activities
),

-- Parameters are a list of names and values; of their values only these three are kept.
fields as (
    select
        * exclude (event_part),
        json_type(event_part) as event_kind,
        {{ json_text('event_part', '$.name') }} as event_name,
        {{ json_list("event_part -> '$.parameters'") }} as parameter_list
    from events
),

named as (
    select
        * exclude (parameter_list),
        {{ json_text(parameter % 'event_category', '$.value') }} as category_text,
        {{ json_text(parameter % 'app_name', '$.value') }} as app_text,
        {{ json_text(parameter % 'action', '$.value') }} as action_text,
        lower(nullif(trim(category_text), '')) as category,
        lower(nullif(trim(app_text), '')) as app,
        lower(nullif(trim(action_text), '')) as action_name
    from fields
),

checked as (
    select
        *,
        coalesce(customer_id, account_folder) as account_id,
        case
            when page_problem is not null then page_problem
            when coalesce(json_kind, 'nothing') != 'OBJECT' then 'not an activity'
            when coalesce(event_kind, 'nothing') != 'OBJECT' then 'activity without an event'
            when coalesce(application, '') != 'gemini_in_workspace_apps'
                then 'not an activity of Gemini: ' || coalesce(left(application, 80), 'none named')
            when occurred_at is null then 'no readable time'
            when qualifier is null then 'no qualifier, so that copies could not be told apart'
            when email is null and profile_id is null then 'nobody is named'
        end as refusal
    from named
),

-- Overlapping queries return an event again; its id tells, an etag changes from reading to reading.
judged as (
    select
        *,
        row_number() over (
            partition by
                account_id, time_text, qualifier, application, event_number, refusal is null
            order by delivery_rank desc, source_line asc, page_number asc, item_number asc
        ) as choice
    from checked
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        concat_ws(
            ':', source_file, source_line, page_number, item_number, event_number
        ) as record_id,
        case
            when refusal is not null then 'quarantined'
            when choice = 1 then 'accepted'
            else 'duplicate'
        end as record_status,
        case
            when refusal is not null then refusal
            when choice = 1 then null
            else 'the same event was read again'
        end as problem,
        if(refusal is null, unread_fields, null) as notice,
        delivered_on,
        account_id,
        occurred_at,
        {{ pseudonym('coalesce(email, profile_id)') }} as user_id,
        event_name,
        coalesce(left(category, 80), 'unknown') as category,
        coalesce(category = 'active', false) as is_active,
        left(app, 80) as app,
        left(action_name, 80) as action_name,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from judged
),

missing_pages as (
    {{ json_items_missing('items') }}
),

final as (
    select * from records
    union all by name
    select * from missing_pages
)

select * from final
