{{ config(materialized='table') }}

with lines as (
    select * from {{ source('cursor', 'spend') }}
),

events as (
    select
        account_folder,
        started_at
    from {{ ref('base_cursor__usage_events') }}
    where record_status = 'accepted'
    union all
    select
        account_folder,
        started_at
    from {{ ref('base_cursor__usage_csv') }}
    where record_status = 'accepted'
),

items as (
    {{ json_page_items(
        'lines', ['teamMemberSpend'], 'spendCents', 'a page of team spend',
        exact=['spendCents', 'overallSpendCents'],
    ) }}
),

texts as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        {{ json_text('page', '$.subscriptionCycleStart') }} as cycle_text,
        try_cast({{ json_text('page', '$.totalMembers') }} as bigint) as member_count,
        lower(nullif(trim({{ json_text('item', '$.email') }}), '')) as email,
        {{ json_text('item', '$.spendCents') }} as spend_text,
        {{ json_text('item', '$.overallSpendCents') }} as overall_text,
        {{ unread_fields('item', [
            'userId', 'name', 'email', 'role', 'spendCents', 'overallSpendCents',
            'includedSpendCents', 'fastPremiumRequests', 'hardLimitOverrideDollars',
            'monthlyLimitDollars', 'effectivePerUserLimitDollars', 'profilePictureUrl',
        ]) }} as notice
    from items
),

typed as (
    select
        *,
        if(
            regexp_full_match(cycle_text, '[1-9][0-9]{11,12}'),
            make_timestamp(try_cast(cycle_text as bigint) * 1000),
            null
        ) as cycle_start,
        {{ exact_cents('spend_text') }} as spend,
        {{ exact_cents('overall_text') }} as overall_spend
    from texts
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a member''s spend'
            when email is null then 'spend of no e-mail'
            when cycle_start is null then 'no readable subscriptionCycleStart'
            when spend is null
                then 'unreadable spendCents' || {{ refused_number('spend_text', '10^18') }}
            when {{ unreadable('overall_text', 'overall_spend') }}
                then 'unreadable overallSpendCents' || {{ refused_number('overall_text', '10^18') }}
            when least(spend, overall_spend) < 0 then 'negative spend'
        end as refusal
    from typed
    where page_problem is not null or item_count > 0
),

known_cycles as (
    select distinct
        account_folder,
        cycle_start
    from checked
    where refusal is null
),

cycles as (
    select
        account_folder,
        cycle_start,
        least(
            cycle_start + interval 1 month,
            lead(cycle_start) over (
                partition by account_folder order by cycle_start
            )
        ) as cycle_end
    from known_cycles
),

-- The same money stands in the usage events. Where there are any of the cycle, or of the month in
-- which it begins, they carry it and the total is a sign of activity only.
told_by_events as (
    select distinct
        cycles.account_folder,
        cycles.cycle_start
    from cycles
    inner join events
        on
            (
                cycles.account_folder is null
                or events.account_folder is null
                or cycles.account_folder = events.account_folder
            )
            and (
                (
                    cycles.cycle_start <= events.started_at
                    and cycles.cycle_end > events.started_at
                )
                or date_trunc('month', cycles.cycle_start) = date_trunc('month', events.started_at)
            )
),

-- A running total: the newest of a cycle holds all that came before.
judged as (
    select
        checked.*,
        cycles.cycle_end,
        told_by_events.cycle_start is not null as is_told_by_events,
        row_number() over member_cycle as choice,
        first_value(checked.source_file) over member_cycle as chosen_file
    from checked
    left join cycles
        on
            checked.account_folder is not distinct from cycles.account_folder
            and checked.cycle_start = cycles.cycle_start
    left join told_by_events
        on
            checked.account_folder is not distinct from told_by_events.account_folder
            and checked.cycle_start = told_by_events.cycle_start
    window member_cycle as (
        partition by
            checked.account_folder, checked.email, checked.cycle_start, checked.refusal is null
        order by
            checked.delivery_rank desc, checked.source_line asc, checked.page_number asc,
            checked.item_number asc
    )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        place as record_id,
        {{ delivery_verdict(
            'choice', 'source_file = chosen_file',
            "'the same person again in this file'", "'a newer total of the cycle holds this one'",
        ) }},
        notice,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(if(is_told_by_events, null, spend) as {{ money_type() }}) as amount,
        if(is_told_by_events or spend is null, null, 'USD') as currency,
        account_folder,
        {{ pseudonym('email') }} as user_id,
        cast(spend as {{ money_type() }}) as on_demand_amount,
        cast(overall_spend as {{ money_type() }}) as overall_amount,
        is_told_by_events,
        cycle_start,
        cycle_end,
        delivered_on as snapshot_on
    from judged
),

-- Each page states how many people the team has.
missing_pages as (
    select
        source_dataset,
        max(source_file) as source_file,
        1 as source_line,
        concat_ws('/', 'incomplete', account_folder, delivered_on, cycle_text) as record_id,
        'quarantined' as record_status,
        'pages are missing: the team has ' || max(member_count) || ' members, the files show '
        || count(distinct email) as problem
    from texts
    where page_problem is null and item_count > 0
    group by source_dataset, account_folder, delivered_on, cycle_text
    having count(distinct email) + count(*) filter (where email is null) < max(member_count)
),

final as (
    select * from records
    union all by name
    select * from missing_pages
)

select * from final
