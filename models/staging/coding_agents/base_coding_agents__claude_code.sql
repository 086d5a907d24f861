{{ config(materialized='table') }}

{%- set counts = {
    'input': '$.input_tokens',
    'cache_read': '$.cache_read_input_tokens',
    'written': '$.cache_creation_input_tokens',
    'written_5m': '$.cache_creation.ephemeral_5m_input_tokens',
    'written_1h': '$.cache_creation.ephemeral_1h_input_tokens',
    'output': '$.output_tokens',
    'web_searches': '$.server_tool_use.web_search_requests',
} %}

with lines as (
    select
        *,
        json_valid(line) as is_json,
        case when is_json then json_type(line, '$.type') end as type_kind
    from {{ source('coding_agents', 'claude_code') }}
    where trim(line) != ''
),

-- Every line of a transcript says its type. A file whose first line does not is something else.
other_files as (
    select
        source_file,
        {{ described('cast(line as json)') }} as found
    from lines
    where is_json
    qualify
        row_number() over (partition by source_file order by source_line) = 1
        and type_kind is distinct from 'VARCHAR'
),

-- Only what the assistant answered carries usage: prompts, results and totals are not parsed.
entries as (
    select
        lines.source_dataset,
        lines.source_file,
        lines.source_line,
        lines.delivery_rank,
        lines.folder,
        lines.is_json,
        coalesce(other_files.found, if(other_files.source_file is not null, '', null))
            as other_layout,
        case
            when lines.is_json and contains(lines.line, '"assistant"')
                then
                    from_json(lines.line, '{
                        "type": "VARCHAR", "uuid": "VARCHAR", "timestamp": "VARCHAR",
                        "sessionId": "VARCHAR", "isSidechain": "VARCHAR", "requestId": "VARCHAR",
                        "cwd": "VARCHAR", "gitBranch": "VARCHAR", "isApiErrorMessage": "VARCHAR",
                        "message": {"id": "VARCHAR", "model": "VARCHAR", "usage": "JSON"}
                    }')
        end as entry
    from lines
    left join other_files on lines.source_file = other_files.source_file
),

answers as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        folder,
        is_json,
        other_layout,
        nullif(trim(entry.uuid), '') as line_id,
        nullif(trim(entry.message.id), '') as message_id,
        nullif(trim(entry.requestid), '') as request_id,
        nullif(trim(entry.sessionid), '') as session_id,
        coalesce(lower(entry.issidechain) = 'true', false) as is_sidechain,
        coalesce(lower(entry.isapierrormessage) = 'true', false)
        or coalesce(entry.message.model = '<synthetic>', false) as is_synthetic,
        {{ moment('entry.timestamp') }} as logged_at,
        -- A suffix in brackets, as in [1m], asks for a longer context: the model is the same.
        nullif(regexp_replace(entry.message.model, '\[[^\]]*\]$', ''), '') as model,
        {{ project_of('entry.cwd') }} as project,
        if(json_type(entry.message.usage) = 'OBJECT', entry.message.usage, null) as usage_json,
        {%- for name, path in counts.items() %}
            {{ json_text('usage_json', path) }} as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {{ anthropic_iterations("json_extract(usage_json, '$.iterations')", 'model') }}
            as iterations,
        {{ hide_email("nullif(trim(entry.gitbranch), '')") }} as branch
    from entries
    where not is_json or entry.type = 'assistant' or other_layout is not null
    -- One record for a file in another layout.
    qualify
        other_layout is null
        or row_number() over (partition by source_file order by source_line) = 1
),

-- Cache reads and writes are outside the input. A write without a lifetime lives five minutes.
disjoint as (
    {{ token_reading(
        'answers',
        {
            'input': 'input', 'output': 'output', 'cache_read': 'cache_read',
            'cache_write': 'written', 'cache_write_5m': 'written_5m',
            'cache_write_1h': 'written_1h',
        },
        usual=['reads', 'writes'],
        is_documented=true,
    ) }}
),

-- Of a message in several iterations the counts of the whole leave some out.
token_classes as (
    select
        * replace (
            {{ counting_iterations('iterations', 'all_tokens') }} as iterations,
            cast(coalesce(
                list_sum(list_transform(
                    {{ counting_iterations('iterations', 'all_tokens') }}, lambda i: i.tokens
                )),
                all_tokens
            ) as bigint) as all_tokens
        ),
        {{ iteration_notice('disjoint.iterations', 'disjoint.all_tokens') }} as iteration_notice,
        {% for name in counts -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count
    from disjoint
),

checked as (
    select
        *,
        case
            when other_layout is not null
                then
                    'unknown layout: expected lines of a Claude Code transcript, found '
                    || other_layout
            when not is_json then 'malformed JSON'
            when usage_json is null then 'no usage object'
            when logged_at is null then 'no readable timestamp'
            when has_unreadable_count then 'unreadable count'
            when input is null then 'no input_tokens'
            when output is null then 'no output_tokens'
            when least({{ counts.keys() | join(', ') }}) < 0 then 'negative count'
            when written < coalesce(written_5m, 0) + coalesce(written_1h, 0)
                then
                    'token counts contradict themselves: '
                    || 'writes by lifetime exceed all cache writes'
            when is_synthetic then 'token counts of an answer that came from no model'
        end as refusal
    from token_classes
    -- The assistant's own words (an error, an interruption) are no call: nothing was used.
    where not (is_synthetic and coalesce(all_tokens, 0) = 0)
),

-- A message and its request are a call. Side conversations repeat messages under a request of their
-- own, and some versions write no request: then the message alone tells the call.
identified as (
    select
        *,
        md5(cast({
            'model': model, 'input': input_tokens, 'cache_read': cache_read_tokens,
            'written_5m': cache_write_5m_tokens, 'written_1h': cache_write_1h_tokens,
            'output': output_tokens, 'web_searches': web_searches, 'iterations': iterations
        } as varchar)) as fingerprint,
        case
            when refusal is not null then source_file || '#' || source_line
            when message_id is null
                then
                    coalesce(
                        line_id,
                        concat_ws('/', session_id, logged_at, fingerprint) || '#'
                        || row_number() over (
                            partition by
                                source_file, message_id, line_id, session_id, logged_at,
                                fingerprint
                            order by source_line
                        )
                    )
            when
                bool_or(is_sidechain or request_id is null) over (
                    partition by message_id, refusal is null
                )
                then message_id
            else message_id || '/' || request_id
        end as record_id
    from checked
),

-- Every content block of an answer repeats its usage, with growing output: the most output counts,
-- over all files, for resumed sessions copy their history.
judged as (
    select
        *,
        row_number() over record as place,
        first_value(fingerprint) over record as counted_fingerprint,
        first_value(source_file || ' line ' || source_line) over record as counted_place,
        min(logged_at) over (partition by record_id) as first_logged_at
    from identified
    window record as (
        partition by record_id
        order by
            output_tokens desc, all_tokens desc, is_sidechain asc, delivery_rank desc,
            source_file asc, source_line desc
    )
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        {{ delivery_verdict(
            'place', 'fingerprint = counted_fingerprint',
            "'the same answer is counted in ' || counted_place",
            "'a later state of the same answer is counted in ' || counted_place",
        ) }},
        nullif(concat_ws(
            '; ',
            {{ unread_fields('usage_json', [
                'input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens',
                'cache_creation', 'output_tokens', 'server_tool_use', 'service_tier',
                'inference_geo', 'speed', 'iterations',
            ]) }},
            iteration_notice
        ), '') as notice,
        try_cast(if(input is null or output is null, null, all_tokens) as {{ quantity_type() }})
            as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        -- The message's id says where the model ran: a cloud bills each token.
        case
            when starts_with(message_id, 'msg_bdrk_') then 'aws_bedrock'
            when starts_with(message_id, 'msg_vrtx_') then 'google_vertex'
            when {{ is_billed_per_token('claude_code') }} then 'claude_api'
            else 'claude_code'
        end as service,
        service != 'claude_code' as is_billable,
        if(service = 'claude_code', 'subscription', 'api') as plan_type,
        {{ developer_of('folder') }} as user_id,
        request_id,
        session_id,
        project,
        branch,
        model,
        if(
            lower({{ json_text('usage_json', '$.speed') }}) = 'fast',
            'fast',
            {{ service_tier(json_text('usage_json', '$.service_tier')) }}
        ) as service_tier,
        {{ anthropic_geo(json_text('usage_json', '$.inference_geo')) }} as inference_geo,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        web_searches,
        reading_certainty,
        context_tokens,
        iterations,
        if(refusal is null, first_logged_at, logged_at) as started_at,
        logged_at as ended_at
    from judged
)

select * from final
