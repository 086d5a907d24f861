{{ config(materialized='table') }}

{%- set columns = [
    'user_email', 'product', 'model', 'total_requests', 'total_prompt_tokens',
    'total_completion_tokens', 'total_net_spend_usd', 'total_gross_spend_usd',
] %}
{%- set others = ['account_uuid', 'account uuid', 'model family', 'model_family'] %}

with lines as (
    select * from {{ source('claude_seats', 'spend_csv') }}
),

cost_report as (
    select * from {{ ref('base_claude_seats__cost_reports') }}
    where record_status = 'accepted' and source_dataset = 'claude_seats/analytics_cost_report'
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', {'spend report': {'needed': columns, 'known': others}}) }}
),

-- No row has a date. One amount for several months could be charged to none of them.
dated_files as (
    select
        *,
        {{ file_days('source_file') }} as named_days,
        named_days[1] as first_day,
        named_days[2] as last_day,
        case
            when layout_problem is not null then layout_problem
            when len(named_days) < 2 or first_day is null or last_day is null
                then
                    'no period: name the file after the days it covers '
                    || '(spend_2026-07-01_2026-07-31)'
            when last_day < first_day then 'the period in the name ends before it begins'
            when last_day > last_day(first_day)
                then 'covers several months: export each month on its own'
        end as file_problem
    from files
),

covered_days as (
    select distinct
        account_id,
        cast(started_at as date) as covered_on
    from cost_report
),

-- The cost report tells the same money day by day, and goes first where it has the whole period.
-- Where it has only some days of the month, the two can neither be added nor left to one of them.
report_coverage as (
    select
        dated_files.source_file,
        count(distinct covered_days.covered_on) as days_of_month,
        count(distinct covered_days.covered_on) filter (
            where covered_days.covered_on between dated_files.first_day and dated_files.last_day
        ) as days_of_period
    from dated_files
    inner join covered_days
        on
            last_day(dated_files.first_day) = last_day(covered_days.covered_on)
            and (
                covered_days.account_id is null
                or dated_files.account_folder is null
                or dated_files.account_folder = covered_days.account_id
            )
    where dated_files.file_problem is null
    group by dated_files.source_file
),

-- Of overlapping periods the longest counts, then the newest. One that it does not hold completely
-- cannot be taken apart.
rivals as (
    select
        older.source_file,
        bool_or(
            older.first_day >= newer.first_day and older.last_day <= newer.last_day
        ) as is_held,
        max(newer.source_file) as rival_file
    from dated_files as older
    inner join dated_files as newer
        on
            older.account_folder is not distinct from newer.account_folder
            and older.first_day <= newer.last_day
            and older.last_day >= newer.first_day
            and (older.last_day - older.first_day, older.delivery_rank)
            < (newer.last_day - newer.first_day, newer.delivery_rank)
    where older.file_problem is null and newer.file_problem is null
    group by older.source_file
),

judged_files as (
    select
        dated_files.*,
        case
            when dated_files.file_problem is not null then 'quarantined'
            when rivals.is_held then 'superseded'
            when rivals.source_file is not null then 'quarantined'
            when
                report_coverage.days_of_period
                = dated_files.last_day - dated_files.first_day + 1
                then 'superseded'
            when report_coverage.days_of_month > 0 then 'quarantined'
        end as file_status,
        case
            when dated_files.file_problem is not null then dated_files.file_problem
            when rivals.is_held then 'the period is stated again by ' || rivals.rival_file
            when rivals.source_file is not null
                then
                    'the period overlaps that of ' || rivals.rival_file
                    || ': export the whole period once'
            when
                report_coverage.days_of_period
                = dated_files.last_day - dated_files.first_day + 1
                then 'the cost report states the same days'
            when report_coverage.days_of_month > 0
                then
                    'the cost report has ' || report_coverage.days_of_month
                    || ' days of this month: pull the rest of it, or take them away'
        end as file_reason
    from dated_files
    left join rivals on dated_files.source_file = rivals.source_file
    left join report_coverage on dated_files.source_file = report_coverage.source_file
),

texts as (
    {{ texts_of_known_files(
        'csv', columns, files='judged_files',
        columns=['notice', 'file_status', 'file_reason', 'first_day', 'last_day'],
    ) }}
),

-- Dollars here, unlike the cents of the reports.
typed as (
    select
        *,
        {%- for column in columns[3:6] %}
            {{ exact_count("replace(" ~ column ~ "_text, ',', '')") }} as {{ column }},
        {%- endfor %}
        {{ exact_amount("replace(ltrim(total_net_spend_usd_text, '$'), ',', '')") }} as net_spend,
        {{ exact_amount("replace(ltrim(total_gross_spend_usd_text, '$'), ',', '')") }}
            as gross_spend
    from texts
),

checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when net_spend is null
                then
                    'unreadable total_net_spend_usd'
                    || {{ refused_number(
                        "replace(ltrim(total_net_spend_usd_text, '$'), ',', '')"
                    ) }}
            when {{ unreadable('total_gross_spend_usd_text', 'gross_spend') }}
                then
                    'unreadable total_gross_spend_usd'
                    || {{ refused_number(
                        "replace(ltrim(total_gross_spend_usd_text, '$'), ',', '')"
                    ) }}
            {%- for column in columns[3:6] %}
                when {{ unreadable(column ~ '_text', column) }}
                    then
                        'unreadable {{ column }}'
                        || {{ refused_number("replace(" ~ column ~ "_text, ',', '')", '10^15') }}
            {%- endfor %}
        end as refusal
    from typed
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        source_file || ':' || source_line as record_id,
        case
            when file_status = 'superseded' then 'superseded'
            when file_status = 'quarantined' or refusal is not null then 'quarantined'
            else 'accepted'
        end as record_status,
        coalesce(file_reason, refusal) as problem,
        notice,
        if(csv_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        net_spend as amount,
        if(net_spend is not null, 'USD', null) as currency,
        account_folder as account_id,
        {{ pseudonym('user_email_text') }} as user_id,
        product_text as product,
        model_text as model,
        total_requests as requests,
        total_prompt_tokens as prompt_tokens,
        total_completion_tokens as completion_tokens,
        gross_spend as list_amount,
        cast(first_day as timestamp) as started_at,
        cast(last_day as timestamp) + interval 1 day as ended_at
    from checked
),

final as (
    select * from records
    union all by name
    {{ refused_files() }}
)

select * from final
