{{ config(materialized='table') }}

with lines as (
    select * from {{ source('claude_seats', 'members') }}
),

items as (
    {{ json_page_items('lines', ['data'], 'added_at', 'a page of organisation members') }}
),

fields as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        coalesce({{ json_text('page', '$.has_more') }}, 'false') = 'true' as has_next_page,
        nullif({{ json_text('item', '$.id') }}, '') as member_id,
        nullif({{ json_text('item', '$.email') }}, '') as email,
        {{ json_text('item', '$.type') }} as member_type,
        lower({{ json_text('item', '$.role') }}) as role,
        {{ json_text('item', '$.added_at') }} as added_at_text,
        {{ moment('added_at_text') }} as added_at,
        {{ unread_fields('item', ['id', 'type', 'email', 'name', 'role', 'added_at']) }} as notice,
        delivered_on as snapshot_on,
        cast(date_trunc('month', delivered_on) as date) as month_start
    from items
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a member object'
            when member_id is null then 'member without id'
            when coalesce(member_type, 'user') != 'user'
                then 'not a user: ' || left(member_type, 40)
            when snapshot_on is null then 'no date of the list in the name of the file'
            when {{ unreadable('added_at_text', 'added_at') }} then 'unreadable added_at'
        end as refusal
    from fields
    where page_problem is not null or item_count > 0
),

-- Of all lists of a month the newest that shows the person decides. Who stands in an earlier one
-- only has left since.
judged as (
    select
        *,
        row_number() over member_month as choice,
        first_value(snapshot_on) over member_month as newest_snapshot_on,
        max(snapshot_on) over (
            partition by account_folder, month_start, refusal is null
        ) as newest_list_on
    from checked
    window member_month as (
        partition by account_folder, member_id, month_start, refusal is null
        order by
            snapshot_on desc, delivery_rank desc, source_line asc, page_number asc, item_number asc
    )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        place as record_id,
        {{ delivery_verdict(
            'choice', 'snapshot_on = newest_snapshot_on',
            "'the same person again in this list'",
            "'a newer list of the month shows the same person'",
        ) }},
        notice,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder,
        {{ pseudonym('member_id') }} as person_id,
        {{ pseudonym('coalesce(email, member_id)') }} as user_id,
        role,
        added_at,
        month_start,
        snapshot_on,
        if(snapshot_on < newest_list_on, newest_list_on, null) as ends_on
    from judged
),

-- The last page of a list says that no more follow.
missing_pages as (
    {{ json_items_missing('fields', ['account_folder', 'delivered_on'], 'says that more follow') }}
),

final as (
    select * from records
    union all by name
    select * exclude (account_folder, delivered_on) from missing_pages
)

select * from final
