{{ config(materialized='table') }}

{#- A column -> its spellings in Graph's CSV and in the admin centre's, lower case. -#}
{%- set spellings = {
    'refreshed': ['report refresh date'],
    'user': ['user principal name', 'username', 'user name'],
    'period': ['report period'],
    'prompts': [
        'prompts submitted for all apps', 'prompts submitted (any app)', 'prompts submitted',
    ],
    'active_days': ['active usage days for all apps', 'active usage days', 'active days'],
} -%}
{%- set dates = ['last activity date', 'last activity date (utc)'] -%}
{%- for surface in ['copilot chat', 'copilot chat (work)', 'copilot chat (web)',
    'microsoft teams copilot', 'teams copilot', 'word copilot', 'excel copilot',
    'powerpoint copilot', 'outlook copilot', 'onenote copilot', 'loop copilot',
    'microsoft 365 copilot', 'microsoft 365 copilot (app)', 'microsoft 365 app', 'm365 app',
    'edge', 'edge copilot', 'microsoft edge', 'copilot agent', 'any agent'] -%}
    {%- do dates.extend([
        surface ~ ' last activity date',
        'last activity date of ' ~ surface,
        'last activity date of ' ~ surface ~ ' (utc)',
    ]) -%}
{%- endfor -%}
{%- set known = spellings.values() | sum(start=dates + [
    'display name', 'prompts submitted for copilot chat (work)',
    'prompts submitted for copilot chat (web)', 'prompts submitted in copilot chat (work)',
    'prompts submitted in copilot chat (web)', 'copilot chat (work) prompts submitted',
    'copilot chat (web) prompts submitted', 'report version',
]) -%}
{%- set json_dates = [
    'lastActivityDate', 'copilotChatLastActivityDate', 'copilotChatWorkLastActivityDate',
    'copilotChatWebLastActivityDate', 'microsoftTeamsCopilotLastActivityDate',
    'wordCopilotLastActivityDate', 'excelCopilotLastActivityDate',
    'powerPointCopilotLastActivityDate', 'outlookCopilotLastActivityDate',
    'oneNoteCopilotLastActivityDate', 'loopCopilotLastActivityDate',
    'microsoft365CopilotLastActivityDate', 'edgeLastActivityDate', 'edgeCopilotLastActivityDate',
    'copilotAgentLastActivityDate',
] -%}
{%- set json_prompts = ['promptsSubmittedForAllApps', 'promptsSubmitted'] -%}
{%- set json_days = ['activeUsageDaysForAllApps', 'activeUsageDays'] -%}

with lines as (
    select * from {{ source('microsoft_365_copilot', 'usage_user_detail') }}
),

-- Graph answers in CSV or JSON, the admin centre saves CSV.
formats as (
    select
        *,
        first_value(left(trim(line), 1) in ('{', '[')) over (
            partition by source_file order by source_line
        ) as is_json
    from lines
    where trim(line) != ''
),

csv_lines as (
    select * exclude (is_json) from formats
    where not is_json
),

json_lines as (
    select * exclude (is_json) from formats
    where is_json
),

csv as (
    {{ csv_records('csv_lines') }}
),

-- Other reports of Microsoft 365 have such columns too: a surface of Copilot tells them apart.
files as (
    {{ csv_files('csv', {
        'Graph': {
            'needed': [
                'report refresh date', 'user principal name', 'last activity date',
                'report period', 'word copilot last activity date',
            ],
            'known': known,
        },
        'admin centre': {
            'needed': [
                'user principal name', 'last activity date (utc)',
                'last activity date of word copilot (utc)',
            ],
            'known': known,
        },
        'admin centre, user name': {
            'needed': [
                'username', 'last activity date (utc)', 'last activity date of word copilot (utc)',
            ],
            'known': known,
        },
        'admin centre, mixed names': {
            'needed': [
                'user principal name', 'last activity date',
                'last activity date of word copilot (utc)',
            ],
            'known': known,
        },
    }) }}
),

rows_of_known_files as (
    {{ rows_of_known_files('csv') }}
),

csv_texts as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivered_on,
        delivery_rank,
        cast(source_line as varchar) as place,
        problem as layout_problem,
        notice,
        {%- for column, names in spellings.items() %}
            coalesce(
                {%- for name in names %}
                    {{ csv_value(name) }}{{ ',' if not loop.last }}
                {%- endfor %}
            ) as {{ column }}_text,
        {%- endfor %}
        list_filter(
            list_transform(
                list_filter(
                    generate_series(1, len(header)),
                    lambda i: header[i] in {{ tuple_of(dates) }}
                ),
                lambda i: trim(fields[i])
            ),
            lambda t: t != ''
        ) as date_texts
    from rows_of_known_files
),

items as (
    {{ json_items(
        'json_lines', items='value', next_page='"@odata.nextLink"', mark='userPrincipalName',
        expected='a page of user details',
    ) }}
),

-- With more than one period in an object the longest up to 30 days is read, else the shortest.
json_periods as (
    select
        *,
        list_sort(list_transform(
            {{ json_list("item -> '$.copilotActivityUserDetailsByPeriod'") }},
            lambda period: {
                'is_long': coalesce(
                    try_cast({{ json_text('period', '$.reportPeriod') }} as integer) > 30, true
                ),
                'length': abs(
                    try_cast({{ json_text('period', '$.reportPeriod') }} as integer) - 30
                ),
                'details': cast(period as varchar)
            }
        ))[1].details as period_text,
        cast(period_text as json) as period
    from items
    where page_problem is not null or item_count > 0
),

json_texts as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivered_on,
        delivery_rank,
        concat_ws(':', source_line, page_number, item_number) as place,
        coalesce(
            page_problem,
            if(json_type(item) = 'OBJECT', null, 'not an object with the details of a user')
        ) as layout_problem,
        {{ unread_fields('item', json_dates + json_prompts + json_days + [
            'reportRefreshDate', 'userPrincipalName', 'displayName', 'reportPeriod', '@odata.type',
            'copilotActivityUserDetailsByPeriod', 'copilotChatWorkPromptsSubmitted',
            'copilotChatWebPromptsSubmitted', 'promptsSubmittedForCopilotChatWork',
            'promptsSubmittedForCopilotChatWeb',
        ]) }} as notice,
        {{ json_text('item', '$.reportRefreshDate') }} as refreshed_text,
        {{ json_text('item', '$.userPrincipalName') }} as user_text,
        coalesce(
            {{ json_text('period', '$.reportPeriod') }}, {{ json_text('item', '$.reportPeriod') }}
        ) as period_text,
        coalesce(
            {%- for name in json_prompts %}
                {{ json_text('period', '$.' ~ name) }},
                {{ json_text('item', '$.' ~ name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as prompts_text,
        coalesce(
            {%- for name in json_days %}
                {{ json_text('period', '$.' ~ name) }},
                {{ json_text('item', '$.' ~ name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as active_days_text,
        -- A missing date is an empty text.
        list_filter(
            [
                {%- for name in json_dates %}
                    trim({{ json_text('item', '$.' ~ name) }}){{ ',' if not loop.last }}
                {%- endfor %}
            ],
            lambda t: t != ''
        ) as date_texts
    from json_periods
),

texts as (
    select * from csv_texts
    union all by name
    select * from json_texts
),

read_fields as (
    select
        * replace (nullif(trim(user_text), '') as user_text),
        coalesce(
            if(
                regexp_matches(refreshed_text, '^20\d\d-\d\d-\d\d'),
                try_cast(left(refreshed_text, 10) as date),
                null
            ),
            if(nullif(trim(refreshed_text), '') is null, delivered_on, null)
        ) as refreshed_on,
        -- Graph writes 30, its parameter is D30.
        try_cast(
            regexp_extract(trim(period_text), '^[dD]?([1-9][0-9]{0,3})$', 1) as integer
        ) as period_days,
        {{ exact_count('trim(prompts_text)') }} as prompts,
        try_cast({{ exact_count('trim(active_days_text)') }} as integer) as active_days,
        list_transform(
            date_texts,
            lambda t: if(
                regexp_matches(t, '^20\d\d-\d\d-\d\d([T ]|$)'),
                try_cast(left(t, 10) as date),
                null
            )
        ) as dates
    from texts
),

measured as (
    select
        *,
        regexp_full_match(user_text, '[0-9A-Fa-f]{32}') as is_concealed,
        cast(date_trunc('month', refreshed_on) as date) as month_start,
        list_max(dates) as last_activity_on,
        refreshed_on - period_days + 1 as window_start
    from read_fields
),

checked as (
    select
        *,
        coalesce(window_start >= month_start, false) as is_inside_month,
        case
            when layout_problem is not null then layout_problem
            when user_text is null then 'no user principal name'
            when refreshed_on is null
                then 'no day of the report, in the record or in the file name'
            when {{ unreadable('period_text', 'period_days') }}
                then 'unreadable report period'
            when list_contains(list_transform(dates, lambda d: d is null), true)
                then 'unreadable activity date'
            when {{ unreadable('prompts_text', 'prompts') }} or prompts < 0
                then 'unreadable number of prompts'
            when {{ unreadable('active_days_text', 'active_days') }} or active_days < 0
                then 'unreadable number of active days'
        end as refusal
    from measured
),

-- Windows roll and overlap, and each report repeats the same people: the newest report of a month
-- counts, in it one row per person. Best is a window inside the month that counts days, then the
-- longest window inside the month, then the shortest of those that began before.
judged as (
    select
        *,
        max(refreshed_on) over (
            partition by account_folder, month_start, refusal is null
        ) as newest_on,
        row_number() over person_month as choice,
        first_value(delivery_rank) over person_month as chosen_rank,
        first_value(period_days) over person_month as chosen_period
    from checked
    window
        person_month as (
            partition by account_folder, month_start, refusal is null, lower(user_text)
            order by
                refreshed_on desc,
                (is_inside_month and active_days is not null) desc,
                is_inside_month desc,
                if(is_inside_month, -period_days, period_days) asc nulls last,
                delivery_rank desc,
                source_line asc,
                place asc
        )
),

compared as (
    select
        *,
        coalesce(period_days, 0) = coalesce(chosen_period, 0) as is_chosen_period
    from judged
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        source_file || ':' || place as record_id,
        case
            when refusal is not null then 'quarantined'
            when refreshed_on < newest_on then 'superseded'
            when choice = 1 then 'accepted'
            when delivery_rank < chosen_rank and is_chosen_period then 'superseded'
            else 'duplicate'
        end as record_status,
        case
            when refusal is not null then refusal
            when refreshed_on < newest_on
                then 'the report of ' || strftime(newest_on, '%Y-%m-%d') || ' goes first'
            when choice = 1 then null
            when is_chosen_period
                then 'another row tells of the same person, day and period'
            else
                'the same activity over another period: '
                || coalesce(chosen_period || ' days', 'one') || ' counts'
        end as problem,
        notice,
        refreshed_on,
        month_start,
        {{ pseudonym('user_text') }} as user_id,
        is_concealed,
        period_days,
        window_start,
        is_inside_month,
        last_activity_on,
        prompts,
        active_days,
        if(layout_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from compared
),

refused_files as (
    {{ refused_files(columns=['account_folder']) }}
),

missing_pages as (
    {{ json_items_missing('items') }}
),

final as (
    select * from records
    union all by name
    select * from refused_files
    union all by name
    select * exclude (delivered_on) from missing_pages
)

select * from final
