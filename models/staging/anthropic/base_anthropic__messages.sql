{{ config(materialized='table') }}

{%- set counts = ['input', 'cache_read', 'written', 'written_5m', 'written_1h', 'output'] %}

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

-- One entry for the message as a whole and, with compaction, advisor or fallback, one for each
-- iteration; the counts of the whole leave some iterations out.
count_texts as (
    select
        *,
        nullif(
            {{ json_text('usage_json', '$.server_tool_use.web_search_requests') }}, ''
        ) as web_text,
        list_transform(
            list_concat(
                [usage_json],
                coalesce({{ json_list("json_extract(usage_json, '$.iterations')") }}, [])
            ),
            lambda u: {
                'model': coalesce(nullif(json_extract_string(u, '$.model'), ''), model),
                'input': json_extract_string(u, '$.input_tokens'),
                'cache_read': json_extract_string(u, '$.cache_read_input_tokens'),
                'written': json_extract_string(u, '$.cache_creation_input_tokens'),
                'written_5m': json_extract_string(
                    u, '$.cache_creation.ephemeral_5m_input_tokens'
                ),
                'written_1h': json_extract_string(
                    u, '$.cache_creation.ephemeral_1h_input_tokens'
                ),
                'output': json_extract_string(u, '$.output_tokens')
            }
        ) as texts
    from fields
),

count_numbers as (
    select
        *,
        {{ exact_count('web_text') }} as web_search_requests,
        list_transform(
            texts,
            lambda t: {
                'model': t.model,
                {%- for count in counts %}
                    '{{ count }}': {{ exact_count('t.' ~ count) }},
                {%- endfor %}
                'is_unreadable':
                {% for count in counts -%}
                    {{ unreadable('t.' ~ count, exact_count('t.' ~ count)) }}
                    {{- ' or ' if not loop.last }}
                {% endfor %}
            }
        ) as numbers
    from count_texts
),

-- Cache reads and writes are outside the input. A write without a lifetime lives five minutes.
samplings as (
    select
        * exclude (texts, numbers),
        list_transform(
            numbers,
            lambda n: {
                'model': n.model,
                'input_tokens': n.input,
                'cache_read_tokens': coalesce(n.cache_read, 0),
                'cache_write_5m_tokens': greatest(
                    coalesce(n.written, 0) - coalesce(n.written_1h, 0), coalesce(n.written_5m, 0)
                ),
                'cache_write_1h_tokens': coalesce(n.written_1h, 0),
                'output_tokens': n.output,
                'tokens': n.input + n.output + coalesce(n.cache_read, 0)
                + greatest(
                    coalesce(n.written, 0), coalesce(n.written_5m, 0) + coalesce(n.written_1h, 0)
                ),
                'problem': case
                    when n.is_unreadable then 'unreadable count'
                    when n.input is null then 'no input_tokens'
                    when n.output is null then 'no output_tokens'
                    when
                        least(
                            n.input, n.cache_read, n.written, n.written_5m, n.written_1h, n.output
                        ) < 0
                        then 'negative count'
                    when n.written < coalesce(n.written_5m, 0) + coalesce(n.written_1h, 0)
                        then
                            'token counts contradict themselves: '
                            || 'writes by lifetime exceed all cache writes'
                end
            }
        ) as all_counts,
        if(len(all_counts) > 1, all_counts[2:], all_counts) as iterations,
        list_sum(list_transform(iterations, lambda i: i.tokens)) as iteration_tokens,
        list_sum(list_transform(iterations, lambda i: i.output_tokens)) as output_tokens
    from count_numbers
),

checked as (
    select
        * exclude (all_counts, usage_json, web_text),
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when usage_json is null then 'no usage object'
            when logged_at is null then 'no readable timestamp'
            when {{ unreadable('web_text', 'web_search_requests') }} then 'unreadable count'
            when web_search_requests < 0 then 'negative count'
            when len(list_filter(all_counts, lambda c: c.problem is not null)) > 0
                then list_filter(all_counts, lambda c: c.problem is not null)[1].problem
            when iteration_tokens < all_counts[1].tokens
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
            'stop_reason': stop_reason, 'iterations': iterations,
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
        try_cast(iteration_tokens as {{ quantity_type() }}) as tokens,
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
        coalesce(stop_reason != 'refusal' or output_tokens > 0, true) as is_billable,
        list_transform(iterations, lambda i: {
            'model': i.model,
            'input_tokens': i.input_tokens,
            'cache_read_tokens': i.cache_read_tokens,
            'cache_write_5m_tokens': i.cache_write_5m_tokens,
            'cache_write_1h_tokens': i.cache_write_1h_tokens,
            'output_tokens': i.output_tokens
        }) as iterations,
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
