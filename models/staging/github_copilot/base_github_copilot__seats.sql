{{ config(materialized='table') }}

{%- set times = ['created_at', 'updated_at', 'last_activity_at', 'last_authenticated_at'] %}

with lines as (
    select * from {{ source('github_copilot', 'seats') }}
),

documents as (
    {{ json_documents('lines') }}
),

deliveries as (
    select distinct
        source_file,
        delivered_on
    from lines
),

-- Some tools save all pages as one list.
pages as (
    select
        documents.source_dataset,
        documents.source_file,
        documents.source_line,
        documents.account_folder,
        documents.delivery_rank,
        deliveries.delivered_on,
        unnest(
            if(
                json_type(documents.document) = 'ARRAY',
                {{ json_list('documents.document') }},
                [documents.document]
            )
        ) as page,
        generate_subscripts(
            if(
                json_type(documents.document) = 'ARRAY',
                {{ json_list('documents.document') }},
                [documents.document]
            ),
            1
        ) as page_number
    from documents
    inner join deliveries on documents.source_file = deliveries.source_file
),

page_seats as (
    select
        *,
        case
            when json_type(page, '$.seats') = 'ARRAY' then {{ json_list("page -> '$.seats'") }}
            when json_exists(page, '$.assignee') then [page]
        end as seats,
        try_cast({{ json_text('page', '$.total_seats') }} as bigint) as total_seats
    from pages
),

entries as (
    select
        * exclude (page, seats),
        case
            when page is null then 'malformed JSON'
            when seats is null then 'not a page of seats'
        end as page_problem,
        unnest(coalesce(seats, [cast(null as json)])) as seat,
        generate_subscripts(coalesce(seats, [cast(null as json)]), 1) as seat_number
    from page_seats
),

texts as (
    select
        * exclude (seat),
        json_type(seat) as seat_kind,
        {{ unread_fields('seat', times + [
            'pending_cancellation_date', 'plan_type', 'assignee', 'assigning_team', 'organization',
            'last_activity_editor',
        ]) }} as unread_fields,
        from_json(seat, '{
            "created_at": "VARCHAR", "updated_at": "VARCHAR", "last_activity_at": "VARCHAR",
            "last_authenticated_at": "VARCHAR", "pending_cancellation_date": "VARCHAR",
            "plan_type": "VARCHAR", "assignee": {"login": "VARCHAR", "id": "VARCHAR"},
            "assigning_team": {"name": "VARCHAR"}, "organization": {"login": "VARCHAR"}
        }') as entry
    from entries
),

fields as (
    select
        * exclude (entry),
        {%- for column in times %}
            entry.{{ column }} as {{ column }}_text,
            {{ moment('entry.' ~ column) }} as {{ column }},
        {%- endfor %}
        entry.pending_cancellation_date as ends_on_text,
        try_cast(left(entry.pending_cancellation_date, 10) as date) as ends_on,
        lower(coalesce(nullif(trim(entry.assignee.id), ''), nullif(trim(entry.assignee.login), '')))
            as assignee,
        entry.assignee.login,
        nullif(trim(entry.organization.login), '') as organization,
        entry.assigning_team.name as team_name,
        case regexp_replace(lower(trim(entry.plan_type)), '^copilot[_ ](for[_ ])?', '')
            when 'enterprise' then 'enterprise'
            when 'business' then 'business'
            when 'standalone' then 'standalone'
            else 'unknown'
        end as plan_type
    from texts
),

dated as (
    select
        *,
        coalesce(
            delivered_on,
            cast(
                max(greatest(created_at, updated_at, last_activity_at, last_authenticated_at))
                    over (partition by source_file)
                as date
            )
        ) as snapshot_on
    from fields
),

checked as (
    select
        *,
        cast(date_trunc('month', snapshot_on) as date) as month_start,
        list_position(['enterprise', 'business', 'standalone', 'unknown'], plan_type) as plan_order,
        case
            when page_problem is not null then page_problem
            when coalesce(seat_kind, 'nothing') != 'OBJECT' then 'not a seat object'
            when assignee is null then 'seat without assignee'
            when snapshot_on is null then 'no date of the snapshot, in the file or in its name'
            {%- for column in times + ['ends_on'] if column != 'updated_at' %}
                when {{ unreadable(column ~ '_text', column) }} then 'unreadable time: {{ column }}'
            {%- endfor %}
            when cast(created_at as date) > last_day(snapshot_on)
                then 'created after the month of the snapshot'
        end as refusal
    from dated
),

-- GitHub charges a person once a month, however many grants there are: the newest snapshot that
-- shows the person decides, in it the highest plan. Who was in any snapshot of the month is
-- charged, from the first of all grants on. A seat that the list of a month's last day shows, and
-- without an end, was there when the next month began: taken away and given again in it, it is
-- charged whole.
judged as (
    select
        *,
        row_number() over seat_month as choice,
        first_value(snapshot_on) over seat_month as newest_snapshot_on,
        least(
            min(created_at) over (
                partition by account_folder, assignee, month_start, refusal is null
            ),
            min(
                if(
                    snapshot_on = last_day(snapshot_on)
                    and coalesce(ends_on > snapshot_on + 1, true),
                    created_at,
                    null
                )
            ) over (
                partition by account_folder, assignee, refusal is null
                order by month_start asc
                range between interval 1 month preceding and interval 1 month preceding
            )
        ) as assigned_at,
        max(last_activity_at) over snapshot as seen_activity_at,
        max(last_authenticated_at) over snapshot as seen_authentication_at
    from checked
    window
        seat_month as (
            partition by account_folder, assignee, month_start, refusal is null
            order by
                snapshot_on desc, plan_order asc, delivery_rank desc,
                source_line asc, page_number asc, seat_number asc
        ),
        snapshot as (
            partition by account_folder, assignee, snapshot_on, refusal is null
        )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        concat_ws(':', source_file, source_line, page_number, seat_number) as record_id,
        {{ delivery_verdict(
            'choice', 'snapshot_on = newest_snapshot_on',
            "'another grant of the same person in the same snapshot: charged once'",
            "'a newer snapshot of the month shows the same person'",
        ) }},
        if(refusal is null, unread_fields, null) as notice,
        snapshot_on,
        month_start,
        {{ pseudonym('assignee') }} as assignee_id,
        {{ pseudonym('coalesce(login, assignee)') }} as user_id,
        organization,
        {{ hide_email('team_name') }} as team_name,
        plan_type,
        created_at,
        assigned_at,
        ends_on,
        seen_activity_at as last_activity_at,
        seen_authentication_at as last_authenticated_at,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from judged
),

-- Each page states how many people have a seat. Fewer than that were found: pages are missing.
completeness as (
    select
        source_dataset,
        account_folder,
        month_start,
        arg_max(source_file, delivery_rank) as source_file,
        max(total_seats) as stated_seats,
        count(distinct assignee) + count(*) filter (where assignee is null) as found_seats
    from checked
    where month_start is not null and page_problem is null
    group by all
),

missing_pages as (
    select
        source_dataset,
        source_file,
        1 as source_line,
        account_folder,
        concat_ws('/', 'incomplete', account_folder, month_start) as record_id,
        'quarantined' as record_status,
        'pages are missing: ' || strftime(month_start, '%Y-%m') || ' has ' || stated_seats
        || ' seats, the files show ' || found_seats as problem,
        month_start
    from completeness
    where found_seats < stated_seats
),

final as (
    select * from records
    union all by name
    select * from missing_pages
)

select * from final
