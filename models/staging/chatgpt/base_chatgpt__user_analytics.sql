{{ config(materialized='table') }}

{%- set needed = [
    'cadence', 'period_start', 'period_end', 'public_id', 'email', 'user_status', 'is_active',
    'messages',
] %}
{%- set read_when_there = [
    'account_id', 'created_or_invited_date', 'first_day_active_in_period',
    'last_day_active_in_period', 'credits_used', 'last_day_active',
] %}
{#- Names, roles and the Python-style dictionaries of models, GPTs, tools and projects. -#}
{%- set unread = [
    'name', 'role', 'user_role', 'department', 'groups', 'messages_rank', 'model_to_messages',
    'gpt_messages', 'gpts_messaged', 'gpt_to_messages', 'tool_messages', 'tools_messaged',
    'tool_to_messages', 'project_messages', 'projects_messaged', 'project_to_messages',
    'projects_created',
] %}
{%- set dates = [
    'period_start', 'period_end', 'created_or_invited_date', 'first_day_active_in_period',
    'last_day_active_in_period', 'last_day_active',
] %}

with lines as (
    select * from {{ source('chatgpt', 'user_analytics') }}
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', {
        'user analytics': {'needed': needed, 'known': read_when_there + unread},
    }) }}
),

texts as (
    {{ texts_of_known_files('csv', needed + read_when_there) }}
),

typed as (
    select
        *,
        coalesce(account_id_text, account_folder) as account_id,
        lower(coalesce(public_id_text, email_text)) as person,
        lower(cadence_text) as cadence,
        lower(user_status_text) as user_status,
        {%- for column in dates %}
            try_cast(left({{ column }}_text, 10) as date) as {{ column }},
        {%- endfor %}
        case
            when lower(is_active_text) in ('1', '1.0', 'true') then true
            when lower(is_active_text) in ('0', '0.0', 'false') then false
        end as is_active,
        {{ exact_count('messages_text') }} as messages,
        try_cast(credits_used_text as {{ quantity_type() }}) as credits_used,
        cast(date_trunc('month', period_start) as date) as month_start
    from texts
),

checked as (
    select
        *,
        case user_status
            when 'enabled' then 'assigned'
            when 'active' then 'assigned'
            when 'pending' then 'pending'
            when 'invited' then 'pending'
            when 'disabled' then 'unassigned'
            when 'deactivated' then 'unassigned'
            when 'suspended' then 'unassigned'
            when 'removed' then 'unassigned'
            when 'deleted' then 'unassigned'
        end as seat_state,
        case
            when csv_problem is not null then csv_problem
            when coalesce(cadence, '') not in ('monthly', 'weekly')
                then 'unknown cadence: ' || coalesce(left(cadence_text, 20), 'none')
            when period_start is null or period_end is null then 'no readable period'
            when period_end < period_start then 'the period ends before it begins'
            when cadence = 'monthly' and period_end > last_day(period_start)
                then 'a monthly period of several months'
            when person is null then 'no person'
            when seat_state is null
                then 'unknown user_status: ' || coalesce(left(user_status_text, 20), 'none')
            when is_active is null then 'unreadable is_active'
            when messages is null or messages < 0 then 'unreadable messages'
            when {{ unreadable('credits_used_text', 'credits_used') }} or credits_used < 0
                then 'unreadable credits_used'
            {%- for column in dates[2:] %}
                when {{ unreadable(column ~ '_text', column) }}
                    then 'unreadable date: {{ column }}'
            {%- endfor %}
        end as refusal
    from typed
),

-- A period that is delivered again is replaced as a whole. Both cadences tell the same use: the
-- month wins, and weeks speak only where it is missing.
compared as (
    select
        *,
        max(delivery_rank) over (
            partition by account_id, cadence, period_start, refusal is null
        ) as newest_delivery,
        bool_or(cadence = 'monthly' and refusal is null) over (
            partition by account_id, month_start
        ) as has_month,
        row_number() over same_person as copy_number,
        first_value(md5(cast(to_json([
            user_status, is_active_text, messages_text, credits_used_text
        ]) as varchar))) over same_person as first_figures
    from checked
    window same_person as (
        partition by source_file, account_id, cadence, period_start, person, refusal is null
        order by source_line
    )
),

counting as (
    select
        *,
        refusal is null
        and delivery_rank = newest_delivery
        and (cadence = 'monthly' or not has_month)
        and copy_number = 1 as counts
    from compared
),

-- A week belongs to the month in which it begins.
summed as (
    select
        *,
        row_number() over (
            partition by account_id, person, month_start, counts order by period_start desc
        ) as period_order,
        sum(messages) over same_month as month_messages,
        sum(credits_used) over same_month as month_credits,
        min(period_start) over same_month as observed_from,
        max(period_end) over same_month as observed_until,
        -- The day of the last use may lie after the period, in which this person was idle.
        max(
            coalesce(
                last_day_active_in_period,
                first_day_active_in_period,
                if(is_active, period_start, null),
                if(last_day_active <= period_end, last_day_active, null)
            )
        ) over same_month as last_active_on
    from counting
    window same_month as (partition by account_id, person, month_start, counts)
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        source_file || ':' || source_line as record_id,
        case
            when refusal is not null then 'quarantined'
            when delivery_rank < newest_delivery then 'superseded'
            when cadence = 'weekly' and has_month then 'superseded'
            when
                copy_number > 1
                and md5(cast(to_json([
                    user_status, is_active_text, messages_text, credits_used_text
                ]) as varchar)) = first_figures
                then 'duplicate'
            when copy_number > 1 then 'quarantined'
            when period_order > 1 then 'superseded'
            else 'accepted'
        end as record_status,
        case
            when refusal is not null then refusal
            when delivery_rank < newest_delivery then 'a newer delivery states this period again'
            when cadence = 'weekly' and has_month then 'the monthly report tells this month'
            when copy_number > 1 then 'the same person again in this period'
            when period_order > 1 then 'an earlier week: counted in the row of the last week'
        end as problem,
        notice,
        if(csv_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        {{ pseudonym('person') }} as person_id,
        {{ pseudonym('coalesce(email_text, public_id_text)') }} as user_id,
        cadence,
        month_start,
        seat_state,
        created_or_invited_date as created_on,
        cast(month_messages as bigint) as messages,
        cast(month_credits as {{ quantity_type() }}) as credits_used,
        last_active_on,
        observed_from,
        least(observed_until, coalesce(delivered_on, observed_until)) as observed_until,
        cadence = 'monthly'
        and period_start = month_start
        and period_end >= last_day(month_start)
        and coalesce(delivered_on > period_end, true) as is_complete
    from summed
),

final as (
    select * from records
    union all by name
    {{ refused_files() }}
)

select * from final
