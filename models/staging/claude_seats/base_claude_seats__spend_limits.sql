{{ config(materialized='table') }}

with lines as (
    select * from {{ source('claude_seats', 'spend_limits') }}
),

items as (
    {{ json_page_items(
        'lines', ['data'], 'scope', 'a page of effective spend limits',
        exact=['amount', 'period_to_date_spend'],
    ) }}
),

texts as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        nullif({{ json_text('page', '$.next_page') }}, '') is not null as has_next_page,
        coalesce(
            nullif({{ json_text('item', '$.actor.user_id') }}, ''),
            nullif({{ json_text('item', '$.scope.user_id') }}, '')
        ) as member_id,
        nullif({{ json_text('item', '$.actor.email_address') }}, '') as email,
        {{ json_text('item', '$.amount') }} as amount_text,
        upper({{ json_text('item', '$.currency') }}) as limit_currency,
        lower({{ json_text('item', '$.period') }}) as period,
        lower({{ json_text('item', '$.source.type') }}) as source_type,
        lower(nullif({{ json_text('item', '$.source.seat_tier') }}, '')) as seat_tier,
        {{ json_text('item', '$.period_to_date_spend') }} as spend_text,
        {{ unread_fields('item', [
            'type', 'scope', 'actor', 'amount', 'currency', 'period', 'source', 'spend_limit_id',
            'period_to_date_spend',
        ]) }} as notice,
        delivered_on as snapshot_on,
        cast(date_trunc('month', delivered_on) as date) as month_start
    from items
),

-- Cents, as text with fractions.
typed as (
    select
        *,
        {{ exact_cents('amount_text') }} as limit_amount,
        {{ exact_cents('spend_text') }} as spend_to_date
    from texts
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a spend limit object'
            when member_id is null then 'limit of no single member'
            when snapshot_on is null then 'no date of the list in the name of the file'
            when {{ unreadable('amount_text', 'limit_amount') }}
                then 'unreadable amount' || {{ refused_number('amount_text', '10^18') }}
            when spend_to_date is null
                then
                    'unreadable period_to_date_spend' || {{ refused_number('spend_text', '10^18') }}
            when limit_currency != 'USD' then 'cents of ' || left(limit_currency, 20)
        end as refusal
    from typed
    where page_problem is not null or item_count > 0
),

-- A running total: the newest list of the month holds the older ones. A day's or week's limit
-- beside the month's is another reading of the same spend.
judged as (
    select
        *,
        row_number() over member_month as choice,
        first_value(snapshot_on) over member_month as newest_snapshot_on,
        first_value(period) over member_month as chosen_period,
        max(seat_tier) over (
            partition by account_folder, member_id, month_start, snapshot_on, refusal is null
        ) as known_tier
    from checked
    window member_month as (
        partition by account_folder, member_id, month_start, refusal is null
        order by
            snapshot_on desc, period = 'monthly' desc, delivery_rank desc, source_line asc,
            page_number asc, item_number asc
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
            when
                snapshot_on = newest_snapshot_on
                and coalesce(period, '') = coalesce(chosen_period, '')
                then 'duplicate'
            else 'superseded'
        end as record_status,
        case
            when refusal is not null then refusal
            when choice = 1 then null
            when snapshot_on < newest_snapshot_on
                then 'a newer list of the month has the running total'
            when coalesce(period, '') != coalesce(chosen_period, '')
                then 'another period of the same spend'
            else 'the same person again in this list'
        end as problem,
        notice,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder,
        {{ pseudonym('member_id') }} as person_id,
        {{ pseudonym('coalesce(email, member_id)') }} as user_id,
        known_tier as seat_tier,
        period,
        limit_amount,
        spend_to_date,
        coalesce(limit_currency, 'USD') as limit_currency,
        month_start,
        snapshot_on
    from judged
),

missing_pages as (
    {{ json_items_missing('texts', ['account_folder', 'delivered_on']) }}
),

final as (
    select * from records
    union all by name
    select * exclude (account_folder, delivered_on) from missing_pages
)

select * from final
