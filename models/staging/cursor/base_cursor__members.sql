{{ config(materialized='table') }}

with lines as (
    select * from {{ source('cursor', 'members') }}
),

items as (
    {{ json_page_items('lines', ['teamMembers', 'members'], 'role', 'a list of team members') }}
),

fields as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        lower(nullif(trim({{ json_text('item', '$.email') }}), '')) as email,
        lower({{ json_text('item', '$.role') }}) as role,
        coalesce({{ json_text('item', '$.isRemoved') }}, 'false') = 'true' as is_removed,
        {{ unread_fields('item', ['id', 'name', 'email', 'role', 'isRemoved']) }} as notice,
        delivered_on as snapshot_on,
        cast(date_trunc('month', delivered_on) as date) as month_start
    from items
    where page_problem is not null or item_count > 0
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a member object'
            when email is null then 'member without e-mail'
            when role is null then 'member without role'
            when snapshot_on is null then 'no date of the list in the name of the file'
        end as refusal
    from fields
),

-- Cursor's ids differ from export to export, so a person is the e-mail address. Who was removed
-- during the month had the seat in it.
judged as (
    select
        *,
        row_number() over member_month as choice,
        first_value(snapshot_on) over member_month as newest_snapshot_on,
        bool_or(not is_removed) over (
            partition by account_folder, email, month_start, refusal is null
        ) as was_member,
        min(snapshot_on) filter (where is_removed) over (
            partition by account_folder, email, month_start, refusal is null
        ) as removed_on,
        max(snapshot_on) over (
            partition by account_folder, month_start, refusal is null
        ) as newest_list_on
    from checked
    window member_month as (
        partition by account_folder, email, month_start, refusal is null
        order by
            snapshot_on desc, is_removed asc, delivery_rank desc, source_line asc,
            page_number asc, item_number asc
    )
),

final as (
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
        {{ pseudonym('email') }} as user_id,
        role,
        is_removed,
        was_member,
        month_start,
        snapshot_on,
        case
            when is_removed then removed_on
            when snapshot_on < newest_list_on then newest_list_on
        end as ends_on
    from judged
)

select * from final
