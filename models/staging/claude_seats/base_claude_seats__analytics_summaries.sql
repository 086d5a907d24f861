{{ config(materialized='table') }}

{%- set counts = [
    'assigned_seat_count', 'pending_invite_count', 'daily_active_user_count',
    'weekly_active_user_count', 'monthly_active_user_count',
] %}

with lines as (
    select * from {{ source('claude_seats', 'analytics_summaries') }}
),

items as (
    {{ json_page_items(
        'lines', ['summaries', 'data'], 'monthly_active_user_count',
        'a page of activity summaries',
    ) }}
),

fields as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        {{ has_next_page('page') }} as has_next_page,
        coalesce({{ json_text('page', '$.organization_id') }}, account_folder) as account_id,
        cast({{ moment(
            "coalesce(" ~ json_text('item', '$.starting_at') ~ ", "
            ~ json_text('item', '$.starting_date') ~ ")"
        ) }} as date) as summary_on,
        {%- for name in counts %}
            {{ json_text('item', '$.' ~ name) }} as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {{ unread(
            "list_filter(json_keys(item), lambda k: not regexp_matches(k, "
            ~ "'_(active_user_count|adoption_rate)$'))",
            counts + [
                'starting_at', 'ending_at', 'starting_date', 'ending_date', 'rbac_group_id',
            ],
            'fields',
        ) }} as notice
    from items
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a summary object'
            when summary_on is null then 'no readable day'
            when assigned_seat_count_text is null then 'a summary of one group, not of all seats'
            {%- for name in counts if name != 'pending_invite_count' %}
                when {{ name }} is null or {{ name }} < 0 then 'unreadable {{ name }}'
            {%- endfor %}
        end as refusal,
        cast(date_trunc('month', summary_on) as date) as month_start
    from fields
    where page_problem is not null or item_count > 0
),

-- Rolling counts: the last day of a month tells the month.
judged as (
    select
        *,
        row_number() over same_month as choice,
        first_value(summary_on) over same_month as last_seen_day
    from checked
    window same_month as (
        partition by account_folder, month_start, refusal is null
        order by
            summary_on desc, delivery_rank desc, source_line asc, page_number asc, item_number asc
    )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        place as record_id,
        case
            when refusal is not null then 'quarantined'
            when choice = 1 then 'accepted'
            else 'superseded'
        end as record_status,
        case
            when refusal is not null then refusal
            when choice = 1 then null
            when summary_on = last_seen_day then 'a newer delivery states this day again'
            else 'a later day of the month has the rolling counts'
        end as problem,
        notice,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        summary_on,
        month_start,
        {{ counts | join(',\n        ') }}
    from judged
),

missing_pages as (
    {{ json_items_missing('fields', said='says that more follow') }}
),

final as (
    select * from records
    union all by name
    select * exclude (account_folder, delivered_on) from missing_pages
)

select * from final
