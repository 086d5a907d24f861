{{ config(materialized='table') }}

{%- set counts = ['input', 'output', 'cached', 'thoughts', 'tool', 'total'] %}

with lines as (
    select * from {{ source('coding_agents', 'gemini_cli') }}
),

documents as (
    {{ json_documents('lines') }}
),

places as (
    select distinct
        source_file,
        folder
    from lines
),

-- A chat file is one document with a list of messages, or a line for the session, for each message
-- and for each change ($set, $rewindTo).
entries as (
    select
        * exclude (document),
        document is null as is_malformed,
        if(json_type(document, '$."$set"') = 'OBJECT', json_extract(document, '$."$set"'), document)
            as entry,
        nullif({{ json_text('entry', '$.sessionId') }}, '') as stated_session,
        nullif({{ json_text('entry', '$.projectHash') }}, '') as stated_project,
        {{ json_list("json_extract(entry, '$.messages')") }} as listed_messages,
        case
            when listed_messages is not null then listed_messages
            when {{ json_text('entry', '$.type') }} is not null then [entry]
        end as messages,
        case
            when is_malformed then 'malformed JSON'
            when
                messages is null
                and stated_session is null
                and json_type(document, '$."$set"') is null
                and json_type(document, '$."$rewindTo"') is null
                then
                    'unknown layout: expected a Gemini CLI session, found '
                    || {{ described('document') }}
        end as layout_problem
    from documents
),

sessions as (
    select
        source_file,
        arg_min(stated_session, source_line) as session_id,
        arg_min(stated_project, source_line) as project
    from entries
    group by source_file
),

stated_messages as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        unnest(messages) as message,
        generate_subscripts(messages, 1) as message_number
    from entries
    where layout_problem is null
),

answers as (
    select
        stated_messages.* exclude (message),
        cast(null as varchar) as layout_problem,
        from_json(stated_messages.message, '{
            "id": "VARCHAR", "timestamp": "VARCHAR", "model": "VARCHAR", "tokens": "JSON"
        }') as answer
    from stated_messages
    where {{ json_text('stated_messages.message', '$.type') }} = 'gemini'
    union all by name
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        1 as message_number,
        layout_problem
    from entries
    where layout_problem is not null
),

session_answers as (
    select
        answers.*,
        sessions.session_id,
        sessions.project,
        places.folder
    from answers
    inner join places on answers.source_file = places.source_file
    left join sessions on answers.source_file = sessions.source_file
),

counted as (
    select
        * exclude (answer),
        nullif(trim(answer.id), '') as message_id,
        {{ moment('answer.timestamp') }} as logged_at,
        if(json_type(answer.tokens) = 'OBJECT', answer.tokens, null) as tokens_json,
        {%- for name in counts %}
            {{ json_text('tokens_json', '$.' ~ name) }} as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        nullif(answer.model, '') as model
    from session_answers
),

-- The total tells whether the input holds the cached tokens. Without one it does, as in Google's
-- API, unless more is cached than was put in. Thoughts and tool prompts come on top.
token_classes as (
    {{ token_reading(
        'counted',
        {
            'input': 'input', 'output': 'output', 'cache_read': 'cached', 'reasoning': 'thoughts',
            'tool_input': 'tool', 'total': 'total',
        },
        usual=['reasoning'],
        may_change=['reads', 'reasoning'],
        is_documented=true,
    ) }}
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when logged_at is null then 'no readable timestamp'
            when tokens_json is null then 'no token counts: what this answer used is unknown'
            when
                {% for name in counts -%}
                    {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
                {% endfor %}
                then 'unreadable count'
            when least({{ counts | join(', ') }}) < 0 then 'negative count'
            when all_tokens = 0 and total > 0
                then 'only a total is stated: its token classes are unknown'
        end as refusal
    from token_classes
),

identified as (
    select
        *,
        md5(cast({
            'model': model, 'logged_at': logged_at, 'input': input_tokens,
            'cache_read': cache_read_tokens, 'output': output_tokens
        } as varchar)) as fingerprint,
        if(
            layout_problem is not null,
            source_file || '#' || source_line,
            concat_ws('/', session_id, coalesce(
                message_id,
                fingerprint || '#' || row_number() over (
                    partition by source_file, message_id, fingerprint
                    order by source_line, message_number
                )
            ))
        ) as record_id
    from checked
),

-- An answer is written again with its counts, and again in the next export: the last one counts.
-- One that was rewound was used and stays.
judged as (
    select
        *,
        row_number() over record as place,
        first_value(fingerprint) over record as counted_fingerprint,
        first_value(source_file) over record as counted_file,
        first_value(refusal is null) over record as is_counted
    from identified
    window record as (
        partition by record_id
        order by
            refusal is null desc, delivery_rank desc, source_line desc, message_number desc
    )
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        case
            when place = 1 then if(refusal is null, 'accepted', 'quarantined')
            -- Written before its counts were known.
            when refusal is not null and not (is_counted and tokens_json is null)
                then 'quarantined'
            when fingerprint = counted_fingerprint then 'duplicate'
            else 'superseded'
        end as record_status,
        case
            when record_status = 'quarantined' then refusal
            when record_status = 'duplicate'
                then 'the same answer stands again in ' || counted_file
            when record_status = 'superseded'
                then 'a later state of the same answer counts, in ' || counted_file
        end as problem,
        nullif(concat_ws(
            '; ', {{ unread_fields('tokens_json', counts) }}, if(record_status = 'accepted', reading_notice, null)
        ), '') as notice,
        try_cast(all_tokens as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        if({{ is_billed_per_token('gemini_cli') }}, 'gemini_api', 'gemini_cli') as service,
        service != 'gemini_cli' as is_billable,
        if(service = 'gemini_cli', 'subscription', 'api') as plan_type,
        {{ developer_of('folder') }} as user_id,
        session_id,
        project,
        model,
        'standard' as service_tier,
        input_tokens,
        cache_read_tokens,
        output_tokens,
        reading_certainty,
        unexplained_tokens,
        context_tokens,
        logged_at as started_at,
        logged_at as ended_at
    from judged
)

select * from final
