{{ config(materialized='table') }}

{%- set counts = {
    'input': '$.input_tokens',
    'cache_read': '$.cache_read_input_tokens',
    'written': '$.cache_creation_input_tokens',
    'written_5m': '$.cache_creation.ephemeral_5m_input_tokens',
    'written_1h': '$.cache_creation.ephemeral_1h_input_tokens',
    'output': '$.output_tokens',
    'web_search_requests': '$.server_tool_use.web_search_requests',
} %}

with lines as (
    select * from {{ source('anthropic', 'messages') }}
),

-- A line is a response, or what the application logged around one.
wrappers as (
    select
        * exclude (line),
        if(json_valid(line), json_type(line), null) as json_kind,
        case
            when json_valid(line) and json_type(line) = 'OBJECT'
                then
                    from_json(line, '{
                        "timestamp": "VARCHAR", "created_at": "VARCHAR", "request_id": "VARCHAR",
                        "organization_id": "VARCHAR", "headers": "JSON", "metadata": "JSON",
                        "response": "JSON", "id": "VARCHAR", "model": "VARCHAR",
                        "stop_reason": "VARCHAR", "usage": "JSON"
                    }')
        end as entry
    from lines
),

unwrapped as (
    select
        *,
        case
            when json_type({{ json_unwrapped('entry.response') }}) = 'OBJECT'
                then
                    from_json({{ json_unwrapped('entry.response') }}, '{
                        "id": "VARCHAR", "model": "VARCHAR", "stop_reason": "VARCHAR",
                        "usage": "JSON"
                    }')
            else {
                'id': entry.id, 'model': entry.model, 'stop_reason': entry.stop_reason,
                'usage': entry.usage
            }
        end as response
    from wrappers
),

fields as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        json_kind,
        coalesce(nullif(entry.organization_id, ''), account_folder) as account_id,
        coalesce(nullif(trim(response.id), ''), nullif(trim(entry.request_id), '')) as request_id,
        {{ moment('coalesce(entry.timestamp, entry.created_at)') }} as logged_at,
        nullif(response.model, '') as model,
        nullif(response.stop_reason, '') as stop_reason,
        if(json_type(response.usage) = 'OBJECT', response.usage, null) as usage_json,
        -- Only of the usage: what else a response or its log holds may be text of people.
        {{ unread_fields('usage_json', [
            'input_tokens', 'cache_creation_input_tokens', 'cache_creation',
            'cache_read_input_tokens', 'output_tokens', 'output_tokens_details',
            'server_tool_use', 'service_tier', 'inference_geo', 'speed', 'iterations',
        ]) }} as notice,
        {{ json_unwrapped('entry.headers') }} as headers,
        {{ json_entries_as_tags(json_unwrapped('entry.metadata')) }} as caller_tags,
        {{ tag_entries('caller_tags') }} as tag_entries
    from unwrapped
),

counted as (
    select
        *,
        {%- for name, path in counts.items() %}
            {{ json_text('usage_json', path) }} as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {{ anthropic_iterations("json_extract(usage_json, '$.iterations')", 'model') }}
            as stated_iterations
    from fields
),

-- Cache reads and writes are outside the input. A write without a lifetime lives five minutes.
disjoint as (
    {{ token_reading(
        'counted',
        {
            'input': 'input', 'output': 'output', 'cache_read': 'cache_read',
            'cache_write': 'written', 'cache_write_5m': 'written_5m',
            'cache_write_1h': 'written_1h',
        },
        usual=['reads', 'writes'],
        is_documented=true,
    ) }}
),

-- With compaction, advisor or fallback the counts of the whole leave some iterations out.
samplings as (
    select
        *,
        list_sum(list_transform(stated_iterations, lambda i: i.tokens)) as stated_tokens,
        {{ counting_iterations('stated_iterations', 'all_tokens') }} as iterations,
        cast(coalesce(
            list_sum(list_transform(iterations, lambda i: i.tokens)), all_tokens
        ) as hugeint) as iteration_tokens,
        coalesce(
            list_sum(list_transform(iterations, lambda i: i.output_tokens)), output_tokens
        ) as answer_tokens
    from disjoint
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when usage_json is null then 'no usage object'
            when logged_at is null then 'no readable timestamp'
            when
                {% for name in counts -%}
                    {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
                {% endfor %}
                then 'unreadable count'
            when input is null then 'no input_tokens'
            when output is null then 'no output_tokens'
            when least({{ counts.keys() | join(', ') }}) < 0 then 'negative count'
            when written < coalesce(written_5m, 0) + coalesce(written_1h, 0)
                then
                    'token counts contradict themselves: '
                    || 'writes by lifetime exceed all cache writes'
            when len(list_filter(stated_iterations, lambda i: i.problem is not null)) > 0
                then list_filter(stated_iterations, lambda i: i.problem is not null)[1].problem
            when stated_tokens < all_tokens
                then
                    'token counts contradict themselves: '
                    || 'the iterations state fewer tokens than the message'
            when try_cast(iteration_tokens as {{ quantity_type() }}) is null
                then 'more tokens than a quantity can hold'
        end as refusal,
        {{ service_tier(json_text('usage_json', '$.service_tier')) }} as served_tier,
        lower({{ json_text('usage_json', '$.speed') }}) as speed,
        {{ anthropic_geo(json_text('usage_json', '$.inference_geo')) }} as inference_geo
    from samplings
),

-- A message without any id is told from its equals by how often the file has said the same before.
fingerprinted as (
    select
        *,
        md5(cast({
            'request_id': request_id, 'logged_at': logged_at, 'model': model,
            'stop_reason': stop_reason, 'iterations': iterations, 'input': input_tokens,
            'cache_read': cache_read_tokens, 'written_5m': cache_write_5m_tokens,
            'written_1h': cache_write_1h_tokens, 'output': output_tokens,
            'web_search_requests': web_search_requests, 'served_tier': served_tier,
            'speed': speed, 'inference_geo': inference_geo, 'headers': headers,
            'caller_tags': caller_tags
        } as varchar)) as fingerprint
    from checked
),

identified as (
    select
        *,
        case
            when json_kind = 'OBJECT'
                then
                    coalesce(
                        request_id,
                        fingerprint || '#' || row_number() over (
                            partition by source_file, fingerprint, request_id order by source_line
                        )
                    )
            else source_file || '#' || source_line
        end as record_id
    from fingerprinted
),

-- A streamed message is logged several times with growing counts: the last line is the final one.
judged as (
    select
        *,
        row_number() over record as place,
        first_value(fingerprint) over record as last_fingerprint,
        first_value(source_file) over record as last_file
    from identified
    window record as (
        partition by source_dataset, account_id, record_id, refusal is null
        order by delivery_rank desc, source_line desc
    )
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        {{ delivery_verdict(
            'place', 'fingerprint = last_fingerprint',
            "'the same message was delivered again'",
            "'a later line of the same message counts, in ' || last_file",
        ) }},
        notice,
        try_cast(if(
            input is null or output is null, null, iteration_tokens
        ) as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        request_id,
        logged_at,
        model,
        if(speed = 'fast', 'fast', served_tier) as service_tier,
        inference_geo,
        stop_reason,
        -- Refused before any output: nobody pays. Refused in the middle of it is charged.
        coalesce(stop_reason != 'refusal' or answer_tokens > 0, true) as is_billable,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        context_tokens,
        iterations,
        reading_certainty,
        web_search_requests,
        {{ known_text(cost_header('headers', 'department')) }} as header_department,
        {{ known_text(tag_value('caller_tags', 'department')) }} as metadata_department,
        coalesce(
            {{ known_text(cost_header('headers', 'feature')) }},
            {{ known_text(tag_value('caller_tags', 'feature')) }}
        ) as feature,
        {{ pseudonym(
            "coalesce(" ~ cost_header('headers', 'user') ~ ", "
            ~ tag_value('caller_tags', 'user') ~ ")"
        ) }} as claimed_user,
        coalesce(
            {{ cost_header('headers', 'session') }}, {{ tag_value('caller_tags', 'session_id') }}
        ) as session_id,
        {{ tags_json('tag_entries') }} as tags
    from judged
)

select * from final
