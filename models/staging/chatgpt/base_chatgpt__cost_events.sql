{{ config(materialized='table') }}

with lines as (
    select * from {{ source('chatgpt', 'cost_events') }}
),

documents as (
    {{ json_documents('lines', exact=['value', 'estimated_cost_usd']) }}
),

events as (
    select
        * exclude (document),
        json_type(document) as json_kind,
        md5(cast(document as varchar)) as fingerprint,
        {{ json_text('document', '$.event_id') }} as event_id,
        {{ json_text('document', '$.type') }} as event_type,
        {{ json_text('document', '$.payload.day') }} as day_text,
        {{ json_text('document', '$.payload.hour') }} as hour_text,
        {{ json_text('document', '$.payload.identity.email') }} as email,
        {{ json_text('document', '$.payload.identity.user_id') }} as person,
        json_extract(document, '$.payload.identity.agent') as agent,
        {{ json_text('document', '$.payload.product') }} as product,
        {{ json_text('document', '$.payload.surface') }} as surface,
        {{ json_text('document', '$.payload.client') }} as client,
        nullif({{ json_text('document', '$.payload.model') }}, '') as model,
        {{ json_text('document', '$.payload.service_tier') }} as tier,
        {{ json_list("json_extract(document, '$.payload.billing')") }} as billing,
        nullif(concat_ws(
            '; ',
            {{ unread_fields('document', ['event_id', 'type', 'timestamp', 'payload']) }},
            {{ unread_fields(
                "json_extract(document, '$.payload')",
                [
                    'day', 'hour', 'identity', 'product', 'surface', 'client', 'model',
                    'service_tier', 'reasoning', 'billing',
                ],
            ) }}
        ), '') as notice
    from documents
),

entries as (
    select
        * exclude (billing),
        {{ exact_count('hour_text') }} as hour_of_day,
        if(
            regexp_matches(day_text, '^20\d\d-\d\d-\d\d$'), try_cast(day_text as date), null
        ) as used_on,
        list_transform(billing, lambda b: {
            'sku': lower(coalesce(json_extract_string(b, '$.sku'), '')),
            'quantity_text': json_extract_string(b, '$.quantity.value'),
            'quantity': try_cast(
                json_extract_string(b, '$.quantity.value') as {{ quantity_type() }}
            ),
            'is_tokens': coalesce(
                lower(json_extract_string(b, '$.quantity.unit')) in ('token', 'tokens'), false
            ),
            'credits': try_cast(json_extract_string(b, '$.cost.value') as {{ quantity_type() }}),
            'cost_unit': upper(coalesce(json_extract_string(b, '$.cost.unit'), 'none'))
        }) as entries
    from events
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when upper(coalesce(event_type, '')) != 'COSTS'
                then 'not a COSTS event: ' || coalesce(left(event_type, 40), 'no type')
            when event_id is null then 'no event_id'
            when used_on is null or hour_of_day is null or hour_of_day not between 0 and 23
                then 'no readable day and hour'
            when entries is null then 'no billing list'
            when
                len(list_filter(
                    entries, lambda e: e.quantity_text is not null and e.quantity is null
                )) > 0
                then
                    'unreadable quantity'
                    || {{ refused_number(
                        'list_filter(entries, lambda e: e.quantity is null)[1].quantity_text',
                        '10^12'
                    ) }}
            when len(list_filter(entries, lambda e: e.credits is null)) > 0
                then 'billing without a readable cost'
            when len(list_filter(entries, lambda e: e.cost_unit != 'CREDITS')) > 0
                then
                    'cost in an unknown unit: '
                    || left(
                        list_filter(entries, lambda e: e.cost_unit != 'CREDITS')[1].cost_unit, 20
                    )
            when len(list_filter(entries, lambda e: least(e.quantity, e.credits) < 0)) > 0
                then 'negative quantity or credits'
            when
                len(list_filter(
                    entries, lambda e: greatest(e.quantity, e.credits) >= 1000000000000
                )) > 0
                then
                    'count out of range'
                    || {{ refused_number(
                        'cast(list_max(list_transform(entries, '
                        ~ 'lambda e: greatest(e.quantity, e.credits))) as varchar)', '10^12'
                    ) }}
        end as refusal,
        coalesce(event_id, source_file || ':' || source_line) as record_id
    from entries
),

-- Delivered at least once: the id tells copies. (A person in two groups has an event of each.)
judged as (
    {{ first_record_counts('checked', ['account_folder'], 'event', 'id') }}
),

-- What an article counts stands in its name only.
metered as (
    select
        *,
        list_concat(
            list_transform(
                list_filter(entries, lambda e: e.is_tokens and e.quantity > 0),
                lambda e: {
                    'meter': case
                        when contains(e.sku, 'audio') or contains(e.sku, 'image')
                            then 'unclassified_tokens'
                        when regexp_matches(e.sku, 'cached? ?input|cache read')
                            then 'cache_read_tokens'
                        when contains(e.sku, 'cache write') then 'cache_write_5m_tokens'
                        when contains(e.sku, 'input') then 'input_tokens'
                        when contains(e.sku, 'output') then 'output_tokens'
                        else 'unclassified_tokens'
                    end,
                    'quantity': e.quantity
                }
            ),
            list_transform(
                list_filter(entries, lambda e: e.credits > 0),
                lambda e: {
                    'meter': 'chatgpt_credits',
                    'quantity': e.credits
                }
            )
        ) as meters
    from judged
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        record_status,
        problem,
        notice,
        if(
            json_kind = 'OBJECT',
            cast(
                coalesce(
                    list_sum(list_transform(
                        list_filter(meters, lambda m: ends_with(m.meter, '_tokens')),
                        lambda m: m.quantity
                    )),
                    0
                ) as {{ quantity_type() }}
            ),
            null
        ) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder as account_id,
        {{ pseudonym("coalesce(nullif(email, ''), person)") }} as user_id,
        cast(used_on as timestamp) + to_hours(hour_of_day) as started_at,
        cast(used_on as timestamp) + to_hours(hour_of_day + 1) as ended_at,
        product,
        surface,
        client,
        model,
        {{ service_tier('tier') }} as service_tier,
        -- Codex and agents plan and act by themselves; of the other products nobody says it.
        if(
            json_type(agent) = 'OBJECT'
            or regexp_matches(lower(concat_ws(' ', product, surface)), 'codex|agent'),
            true,
            null
        ) as is_agentic,
        cast(
            coalesce(list_sum(list_transform(entries, lambda e: e.credits)), 0)
            as {{ quantity_type() }}
        ) as credits,
        meters
    from metered
)

select * from final
