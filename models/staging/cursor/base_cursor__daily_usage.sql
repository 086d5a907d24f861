{{ config(materialized='table') }}

{%- set requests = {
    'included_requests': 'subscriptionIncludedReqs',
    'on_demand_requests': 'usageBasedReqs',
    'own_key_requests': 'apiKeyReqs',
} %}

with lines as (
    select * from {{ source('cursor', 'daily_usage') }}
),

items as (
    {{ json_page_items('lines', ['data'], 'isActive', 'a page of daily usage') }}
),

fields as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        {{ json_text('page', '$.period.startDate') }} as window_start_text,
        {{ json_text('page', '$.period.endDate') }} as window_end_text,
        coalesce(json_type(page, '$.pagination') = 'OBJECT', false) as is_paged,
        coalesce({{ json_text('page', '$.pagination.hasNextPage') }}, 'false') = 'true'
            as has_next_page,
        lower(nullif(trim({{ json_text('item', '$.email') }}), '')) as email,
        coalesce(
            {{ json_text('item', '$.day') }},
            strftime(
                {{ moment(
                    "cast(try_cast(" ~ json_text('item', '$.date')
                    ~ " as bigint) // 1000 as varchar)"
                ) }},
                '%Y-%m-%d'
            )
        ) as day_text,
        try_cast(left(day_text, 10) as date) as used_on,
        {{ json_text('item', '$.isActive') }} as is_active_text,
        case is_active_text when 'true' then true when 'false' then false end as is_active,
        {%- for name, field in requests.items() %}
            {{ json_text('item', '$.' ~ field) }} as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {{ unread_fields('item', requests.values() | list + [
            'userId', 'email', 'day', 'date', 'isActive', 'totalLinesAdded', 'totalLinesDeleted',
            'acceptedLinesAdded', 'acceptedLinesDeleted', 'totalApplies', 'totalAccepts',
            'totalRejects', 'totalTabsShown', 'totalTabsAccepted', 'composerRequests',
            'chatRequests', 'agentRequests', 'cmdkUsages', 'bugbotUsages', 'mostUsedModel',
            'applyMostUsedExtension', 'tabMostUsedExtension', 'clientVersion',
        ]) }} as notice
    from items
),

checked as (
    select
        *,
        cast(date_trunc('month', used_on) as date) as month_start,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a daily usage object'
            when email is null then 'no e-mail'
            when used_on is null then 'no readable day'
            when is_active is null then 'unreadable isActive'
            {%- for name in requests %}
                when {{ unreadable(name ~ '_text', name) }} or {{ name }} < 0
                    then 'unreadable {{ name }}'
            {%- endfor %}
        end as refusal
    from fields
    where page_problem is not null or item_count > 0
),

-- Without paging the API leaves out who was idle. Only days that were paged prove that.
coverage as (
    select
        account_folder,
        month_start,
        count(distinct used_on) filter (where is_paged) as days_seen
    from checked
    where refusal is null
    group by account_folder, month_start
),

compared as (
    select
        *,
        row_number() over (
            partition by account_folder, email, used_on, refusal is null
            order by delivery_rank desc, source_line asc, page_number asc, item_number asc
        ) as delivery_order,
        first_value(source_file) over (
            partition by account_folder, email, used_on, refusal is null
            order by delivery_rank desc, source_line asc, page_number asc, item_number asc
        ) as chosen_file
    from checked
),

summed as (
    select
        *,
        row_number() over (
            partition by account_folder, email, month_start, refusal is null, delivery_order = 1
            order by used_on desc
        ) as day_order,
        count(*) filter (where is_active) over same_month as active_days,
        max(if(is_active, used_on, null)) over same_month as last_active_on,
        sum(
            coalesce(included_requests, 0) + coalesce(on_demand_requests, 0)
            + coalesce(own_key_requests, 0)
        ) over same_month as request_count,
        min(used_on) over same_month as observed_from,
        max(used_on) over same_month as observed_until
    from compared
    window same_month as (
        partition by account_folder, email, month_start, refusal is null, delivery_order = 1
    )
),

records as (
    select
        summed.source_dataset,
        summed.source_file,
        summed.source_line,
        summed.place as record_id,
        case
            when summed.refusal is not null then 'quarantined'
            when summed.delivery_order > 1 and summed.chosen_file = summed.source_file
                then 'duplicate'
            when summed.delivery_order = 1 and summed.day_order = 1 then 'accepted'
            else 'superseded'
        end as record_status,
        case
            when summed.refusal is not null then summed.refusal
            when summed.delivery_order > 1 and summed.chosen_file = summed.source_file
                then 'the same person and day again in this file'
            when summed.delivery_order > 1 then 'a newer delivery states this day again'
            when summed.day_order > 1
                then 'an earlier day: counted in the row of the month''s last day'
        end as problem,
        summed.notice,
        if(summed.page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        summed.account_folder,
        {{ pseudonym('summed.email') }} as user_id,
        summed.month_start,
        cast(summed.active_days as integer) as active_days,
        summed.last_active_on,
        cast(summed.request_count as bigint) as request_count,
        summed.observed_from,
        summed.observed_until,
        coverage.days_seen = day(last_day(summed.month_start))
        and summed.observed_from = summed.month_start
        and summed.observed_until = last_day(summed.month_start) as is_complete
    from summed
    left join coverage
        on
            summed.account_folder is not distinct from coverage.account_folder
            and summed.month_start = coverage.month_start
),

missing_pages as (
    select
        source_dataset,
        max(source_file) as source_file,
        1 as source_line,
        concat_ws(
            '/', 'incomplete', account_folder, delivered_on, window_start_text, window_end_text
        ) as record_id,
        'quarantined' as record_status,
        'pages are missing: each page of this window says that more follow' as problem
    from fields
    where page_problem is null
    group by
        source_dataset, account_folder, delivered_on, window_start_text, window_end_text
    having bool_and(has_next_page)
),

final as (
    select * from records
    union all by name
    select * from missing_pages
)

select * from final
