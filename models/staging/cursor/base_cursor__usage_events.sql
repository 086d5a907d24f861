{{ config(materialized='table') }}

{%- set counts = {
    'input_tokens': 'inputTokens',
    'cache_read_tokens': 'cacheReadTokens',
    'cache_write_tokens': 'cacheWriteTokens',
    'output_tokens': 'outputTokens',
} %}

with lines as (
    select * from {{ source('cursor', 'usage_events') }}
),

items as (
    {{ json_page_items(
        'lines', ['usageEvents', 'usageEventsDisplay'], 'timestamp', 'a page of usage events',
        exact=['chargedCents', 'cursorTokenFee', 'totalCents'],
    ) }}
),

texts as (
    select
        * exclude (page, item),
        json_type(item) as item_kind,
        coalesce(
            {{ json_text('page', '$.pagination.currentPage') }},
            if(item_count > 0, md5(cast(page as varchar)), null)
        ) as page_key,
        try_cast({{ json_text('page', '$.pagination.numPages') }} as bigint) as page_count,
        {{ json_text('page', '$.period.startDate') }} as window_start_text,
        {{ json_text('page', '$.period.endDate') }} as window_end_text,
        -- All pages of one window that were saved on one day.
        concat_ws(
            '/', coalesce(account_folder, ''), coalesce(cast(delivered_on as varchar), ''),
            coalesce(window_start_text || '-' || window_end_text, source_file)
        ) as pull,
        {{ json_text('item', '$.timestamp') }} as timestamp_text,
        lower(nullif(trim({{ json_text('item', '$.userEmail') }}), '')) as email,
        nullif({{ json_text('item', '$.serviceAccountId') }}, '') as service_account_id,
        {{ hide_email(json_text('item', '$.serviceAccountName')) }} as service_account_name,
        nullif({{ json_text('item', '$.cloudAgentId') }}, '') as cloud_agent_id,
        nullif({{ json_text('item', '$.automationId') }}, '') as automation_id,
        nullif({{ json_text('item', '$.conversationId') }}, '') as conversation_id,
        nullif({{ json_text('item', '$.model') }}, '') as model,
        {{ json_text('item', '$.kind') }} as kind_text,
        {{ json_text('item', '$.maxMode') }} as max_mode,
        {{ json_text('item', '$.isHeadless') }} as is_headless,
        {{ json_text('item', '$.isChargeable') }} as is_chargeable_text,
        {{ json_text('item', '$.chargedCents') }} as charged_text,
        {%- for name, field in counts.items() %}
            {{ json_text('item', '$.tokenUsage.' ~ field) }} as {{ name }}_text,
        {%- endfor %}
        {{ unread_fields('item', [
            'timestamp', 'userEmail', 'serviceAccountId', 'serviceAccountName', 'cloudAgentId',
            'automationId', 'conversationId', 'model', 'kind', 'maxMode', 'isHeadless',
            'requestsCosts', 'isTokenBasedCall', 'isChargeable', 'tokenUsage', 'chargedCents',
            'cursorTokenFee', 'isFreeBugbot', 'userId', 'owningUser', 'owningTeam',
            'usageBasedCosts', 'customSubscriptionName',
        ]) }} as notice
    from items
),

typed as (
    select
        *,
        if(
            regexp_full_match(timestamp_text, '[1-9][0-9]{11,12}'),
            make_timestamp(try_cast(timestamp_text as bigint) * 1000),
            null
        ) as started_at,
        {%- for end in ['start', 'end'] %}
            if(
                regexp_full_match(window_{{ end }}_text, '[1-9][0-9]{11,12}'),
                make_timestamp(try_cast(window_{{ end }}_text as bigint) * 1000),
                null
            ) as stated_{{ end }},
        {%- endfor %}
        regexp_replace(
            regexp_replace(lower(kind_text), '^usage_event_kind_', ''), '[^a-z0-9]+', ' ', 'g'
        ) as kind,
        case
            when is_chargeable_text = 'true' then true
            when is_chargeable_text = 'false' then false
            when kind in ('usage based', 'on demand') then true
            when regexp_matches(kind, '^(included|free|errored|aborted|user api key)') then false
        end as is_chargeable,
        {%- for name in counts %}
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {{ exact_cents('charged_text') }} as charged
    from texts
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(item_kind, '') != 'OBJECT' then 'not a usage event'
            when started_at is null then 'no readable timestamp'
            when is_chargeable is null
                then
                    'does not say whether it is charged: kind '
                    || coalesce(left(kind_text, 40), '(none)')
            when {{ unreadable('charged_text', 'charged') }}
                then 'unreadable chargedCents' || {{ refused_number('charged_text', '10^18') }}
            when charged < 0 then 'negative chargedCents'
            {%- for name in counts %}
                when {{ unreadable(name ~ '_text', name) }} or {{ name }} < 0
                    then 'unreadable {{ name }}'
            {%- endfor %}
        end as refusal,
        md5(cast(to_json([
            timestamp_text, email, service_account_id, model, conversation_id, kind_text,
            charged_text, input_tokens_text, output_tokens_text, cache_write_tokens_text,
            cache_read_tokens_text
        ]) as varchar)) as fingerprint
    from typed
    where page_problem is not null or item_count > 0
),

-- Pulls of which not all pages are there.
page_counts as (
    select
        source_dataset,
        account_folder,
        delivered_on,
        window_start_text,
        window_end_text,
        pull,
        max(source_file) as source_file,
        count(distinct page_key) as pages_found,
        max(page_count) as pages_stated
    from texts
    where page_problem is null and page_key is not null
    group by all
    having pages_found < pages_stated
),

-- An event has no id. It is told again by a newer pull whose window, both ends included, holds its
-- moment: so the event on the border of two windows counts once, and hours that were still being
-- added up are replaced. A pull that names no window states the whole days of its events.
stated as (
    select
        checked.*,
        coalesce(checked.account_folder, '') as scope,
        checked.pull as statement,
        checked.delivery_rank as statement_order,
        checked.pull as named_by,
        page_counts.pull is null as has_all_pages,
        [''] as part,
        checked.started_at as stated_on,
        coalesce(checked.stated_start, date_trunc('day', checked.started_at)) as stated_first,
        coalesce(
            checked.stated_end,
            date_trunc('day', checked.started_at) + interval '86399.999999 seconds'
        ) as stated_last,
        checked.refusal is null as is_stated,
        true as is_row,
        cast(if(checked.is_chargeable, checked.charged, null) as {{ money_type() }})
            as cell_amount,
        if(checked.is_chargeable and checked.charged is not null, 'USD', null) as cell_currency
    from checked
    left join page_counts on checked.pull = page_counts.pull
),

told as (
    {{ with_delivery_cells('stated', keeps_start=false) }}
),

-- Within a pull a page counts once, and in it every event: two equal ones can both be real.
compared as (
    select
        *,
        max(delivery_rank) over (partition by pull, page_key, refusal is null) as newest_page
    from told
),

judged as (
    select
        *,
        case
            when refusal is not null then 'quarantined'
            when replaced_by is not null then 'superseded'
            when delivery_rank < newest_page then 'duplicate'
            else 'accepted'
        end as record_status
    from compared
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        if(
            record_status = 'accepted',
            fingerprint || '#' || row_number() over (
                partition by account_folder, fingerprint, record_status
                order by delivery_rank, source_line, page_number, item_number
            ),
            place
        ) as record_id,
        record_status,
        case
            when refusal is not null then refusal
            when replaced_by is not null then 'a newer pull states this moment again'
            when delivery_rank < newest_page then 'the same page was delivered again'
        end as problem,
        nullif(
            concat_ws('; ', notice, if(record_status = 'accepted', delivery_notice, null)), ''
        ) as notice,
        if(
            page_problem is null,
            cast(
                coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0)
                + coalesce(cache_write_tokens, 0) + coalesce(output_tokens, 0)
                as {{ quantity_type() }}
            ),
            null
        ) as tokens,
        -- An included event has its value beside it, which the seat has paid.
        cast(if(is_chargeable, charged, null) as {{ money_type() }}) as amount,
        if(is_chargeable and charged is not null, 'USD', null) as currency,
        account_folder,
        {{ pseudonym('email') }} as user_id,
        service_account_id,
        service_account_name,
        cloud_agent_id,
        automation_id,
        conversation_id,
        model,
        kind,
        is_chargeable,
        cast(if(is_chargeable, null, charged) as {{ money_type() }}) as included_amount,
        max_mode,
        is_headless = 'true' or cloud_agent_id is not null or automation_id is not null
            as is_agentic,
        started_at,
        input_tokens,
        cache_read_tokens,
        cache_write_tokens,
        output_tokens
    from judged
),

missing_pages as (
    select
        source_dataset,
        source_file,
        1 as source_line,
        concat_ws(
            '/', 'incomplete', account_folder, delivered_on, window_start_text, window_end_text
        ) as record_id,
        'quarantined' as record_status,
        'pages are missing: ' || pages_found || ' of ' || pages_stated
        || ' of this window are there' as problem
    from page_counts
),

final as (
    select * from records
    union all by name
    select * from missing_pages
)

select * from final
