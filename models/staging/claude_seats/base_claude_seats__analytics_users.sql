{{ config(materialized='table') }}

{%- set known = [
    'user', 'chat_metrics', 'claude_code_metrics', 'cowork_metrics', 'office_metrics',
    'bioscience_metrics', 'web_search_count', 'last_activity_date', 'date', 'rbac_group_id',
    'product', 'surface_metrics',
] %}

with lines as (
    select * from {{ source('claude_seats', 'analytics_users') }}
),

items as (
    {{ json_page_items('lines', ['data'], 'user', 'a page of user activity') }}
),

-- A page is about the day that was asked for, and does not repeat it: the name of the file does.
dated as (
    select
        *,
        coalesce(
            {{ json_text('item', '$.date') }},
            {{ json_text('page', '$.date') }},
            {{ json_text('page', '$.starting_date') }}
        ) as day_text,
        if(
            day_text is not null,
            [try_cast(left(day_text, 10) as date)],
            {{ file_days('source_file') }}
        ) as named_days,
        named_days[1] as first_day,
        named_days[-1] as last_day,
        cast(date_trunc('month', first_day) as date) as month_start,
        coalesce({{ json_text('page', '$.organization_id') }}, account_folder) as account_id
    from items
),

fields as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        {{ has_next_page('page') }} as has_next_page,
        nullif({{ json_text('item', '$.user.id') }}, '') as member_id,
        nullif({{ json_text('item', '$.user.email_address') }}, '') as email,
        {{ json_text('item', '$.chat_metrics.message_count') }} as messages_text,
        {{ exact_count('messages_text') }} as messages,
        {{ json_text('item', '$.last_activity_date') }} as last_activity_text,
        try_cast(left(last_activity_text, 10) as date) as last_activity_on,
        -- Blocks of counts, which are 0 when unused: any other number is use.
        regexp_matches(
            concat_ws(
                ' ',
                json_extract(item, '$.chat_metrics'), json_extract(item, '$.claude_code_metrics'),
                json_extract(item, '$.cowork_metrics'), json_extract(item, '$.office_metrics'),
                json_extract(item, '$.bioscience_metrics'),
                ':' || {{ json_text('item', '$.web_search_count') }}
            ),
            ':\s*(0[.]0*)?[1-9]'
        ) as is_active,
        {{ unread_fields('item', known) }} as notice
    from dated
),

-- Days that were looked at, also those on which nobody was active.
coverage as (
    select
        account_folder,
        month_start,
        count(distinct first_day) as days_seen
    from fields
    where page_problem is null and first_day = last_day
    group by account_folder, month_start
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a user object'
            when member_id is null then 'a row of no single user (grouped)'
            when first_day is null or last_day is null
                then 'no day: name the file after the day it is about (users_2026-07-14)'
            when last_day < first_day or last_day > last_day(first_day)
                then 'covers several months: pull it day by day'
            when {{ unreadable('messages_text', 'messages') }} or messages < 0
                then 'unreadable message_count'
            when {{ unreadable('last_activity_text', 'last_activity_on') }}
                then 'unreadable last_activity_date'
        end as refusal,
        first_day = last_day as is_day
    from fields
    where page_problem is not null or item_count > 0
),

-- A day delivered again is replaced. Days go before longer windows; of these the longest counts.
compared as (
    select
        *,
        row_number() over (
            partition by account_folder, member_id, first_day, last_day, refusal is null
            order by delivery_rank desc, source_line asc, page_number asc, item_number asc
        ) as delivery_order,
        bool_or(is_day and refusal is null) over (
            partition by account_folder, month_start
        ) as has_days,
        max(last_day - first_day) over (
            partition by account_folder, member_id, month_start, refusal is null
        ) as longest_window
    from checked
),

counting as (
    select
        *,
        refusal is null
        and delivery_order = 1
        and if(has_days, is_day, last_day - first_day = longest_window) as counts
    from compared
),

summed as (
    select
        *,
        row_number() over (
            partition by account_folder, member_id, month_start, counts
            order by last_day desc, first_day asc
        ) as day_order,
        sum(messages) over same_month as month_messages,
        count(*) filter (where is_active and is_day) over same_month as active_days,
        max(coalesce(last_activity_on, if(is_active, first_day, null))) over same_month
            as last_active_on,
        min(first_day) over same_month as observed_from,
        max(last_day) over same_month as observed_until
    from counting
    window same_month as (partition by account_folder, member_id, month_start, counts)
),

judged as (
    select
        summed.source_dataset,
        summed.source_file,
        summed.source_line,
        summed.place as record_id,
        case
            when summed.refusal is not null then 'quarantined'
            when summed.counts and summed.day_order = 1 then 'accepted'
            else 'superseded'
        end as record_status,
        case
            when summed.refusal is not null then summed.refusal
            when summed.delivery_order > 1 then 'a newer delivery states this day again'
            when not summed.counts then 'other files tell this month day by day'
            when summed.day_order > 1
                then 'an earlier day: counted in the row of the month''s last day'
        end as problem,
        summed.notice,
        if(summed.page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        summed.account_folder,
        summed.account_id,
        {{ pseudonym('summed.member_id') }} as person_id,
        {{ pseudonym('coalesce(summed.email, summed.member_id)') }} as user_id,
        summed.month_start,
        if(summed.is_day, cast(summed.active_days as integer), null) as active_days,
        cast(summed.month_messages as bigint) as messages,
        summed.last_active_on,
        summed.observed_from as first_seen_on,
        summed.observed_until as last_seen_on,
        if(
            summed.is_day,
            coverage.days_seen = day(last_day(summed.month_start)),
            summed.first_day = summed.month_start
            and summed.last_day = last_day(summed.month_start)
        ) as is_complete
    from summed
    left join coverage
        on
            summed.account_folder is not distinct from coverage.account_folder
            and summed.month_start = coverage.month_start
),

missing_pages as (
    {{ json_items_missing('fields', said='says that more follow', by=['first_day']) }}
),

-- Who has no row on a day that was looked at was idle on it.
final as (
    select
        * exclude (first_seen_on, last_seen_on),
        if(is_complete, month_start, first_seen_on) as observed_from,
        if(is_complete, last_day(month_start), last_seen_on) as observed_until
    from judged
    union all by name
    select * exclude (delivered_on, first_day) from missing_pages
)

select * from final
