{{ config(materialized='table') }}

{%- set counts = {
    'input': 'input_tokens',
    'cached': 'cached_input_tokens',
    'written': 'cache_write_input_tokens',
    'output': 'output_tokens',
    'reasoning': 'reasoning_output_tokens',
    'total': 'total_tokens',
} %}
{#- Where counts stand: what one response used, and the running total of the thread. -#}
{%- set usages = {
    'own': "coalesce(json_extract(payload, '$.usage'), json_extract(payload, '$.info.last_token_usage'))",
    'total': "coalesce(json_extract(payload, '$.thread_token_usage'), json_extract(payload, '$.info.total_token_usage'))",
} %}
{%- set all_counts = [] %}
{%- for usage in usages %}
    {%- for name in counts %}{%- do all_counts.append(usage ~ '_' ~ name) %}{%- endfor %}
{%- endfor %}

with lines as (
    select
        *,
        json_valid(line) as is_json,
        case when is_json then json_type(line, '$.type') end as type_kind
    from {{ source('coding_agents', 'codex') }}
    where trim(line) != ''
),

-- Only lines about the session, the model and the usage are parsed: others hold prompts and code.
entries as (
    select
        * exclude (line),
        case
            when
                is_json
                and regexp_matches(
                    line,
                    '"(session_meta|turn_context|token_count|token_usage_record|turn\.completed)"'
                )
                then
                    from_json(
                        line, '{"timestamp": "VARCHAR", "type": "VARCHAR", "payload": "JSON"}'
                    )
        end as entry,
        -- Every line of a session says its type. A file whose first line does not is no session.
        case
            when
                is_json
                and source_line = min(source_line) over (partition by source_file)
                and coalesce(type_kind, '') != 'VARCHAR'
                then coalesce({{ described('cast(line as json)') }}, '')
        end as other_layout
    from lines
),

events as (
    select
        * exclude (entry),
        if(
            entry.type = 'event_msg', {{ json_text('entry.payload', '$.type') }}, entry.type
        ) as event_type,
        {{ moment('entry.timestamp') }} as logged_at,
        if(
            event_type in ('session_meta', 'turn_context', 'token_count', 'token_usage_record'),
            entry.payload,
            null
        ) as payload,
        nullif({{ json_text('payload', '$.model') }}, '') as stated_model
    from entries
    where
        not is_json
        or other_layout is not null
        or entry.type in ('session_meta', 'turn_context', 'token_usage_record', 'turn.completed')
        or (
            entry.type = 'event_msg'
            and {{ json_text('entry.payload', '$.type') }} = 'token_count'
        )
),

-- The first session_meta is the file's own: a fork repeats those of its parents.
threads as (
    select
        source_file,
        arg_min(payload, source_line) as meta,
        arg_min(logged_at, source_line) as thread_started_at,
        coalesce(
            nullif({{ json_text('meta', '$.id') }}, ''),
            nullif(regexp_extract(
                source_file, '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[^/]*$', 1
            ), ''),
            source_file
        ) as thread_id,
        nullif(coalesce(
            {{ json_text('meta', '$.forked_from_id') }},
            {{ json_text('meta', '$.parent_thread_id') }},
            {{ json_text('meta', '$.source.subagent.thread_spawn.parent_thread_id') }}
        ), '') as parent_thread_id
    from events
    where event_type = 'session_meta'
    group by source_file
),

-- The model of a turn holds until the next turn names another.
modelled as (
    select
        *,
        last_value(stated_model ignore nulls) over (
            partition by source_file
            order by source_line
            rows between unbounded preceding and current row
        ) as model,
        max({{ json_text('payload', '$.rate_limits.plan_type') }}) over (
            partition by source_file
        ) as stated_plan
    from events
),

threaded as (
    select
        modelled.*,
        threads.meta,
        coalesce(threads.thread_id, modelled.source_file) as thread_id,
        threads.parent_thread_id,
        threads.thread_started_at
    from modelled
    left join threads on modelled.source_file = threads.source_file
    where
        modelled.event_type is null
        or modelled.event_type in ('token_usage_record', 'turn.completed')
        -- Without info the event only tells how much of the plan's limit is used.
        or (
            modelled.event_type = 'token_count'
            and json_type(modelled.payload, '$.info') = 'OBJECT'
        )
),

usage_events as (
    select
        * exclude (payload, stated_model, meta),
        contains(source_file, 'archived_sessions') as is_archived,
        {{ project_of(json_text('meta', '$.cwd')) }} as project,
        {{ hide_email(json_text('meta', '$.git.branch')) }} as branch,
        nullif({{ json_text('payload', '$.response_id') }}, '') as response_id,
        nullif({{ json_text('payload', '$.thread_id') }}, '') as stated_thread_id,
        {%- for usage, path in usages.items() %}
            {{ path }} as {{ usage }}_json,
            {%- for name, key in counts.items() %}
                {{ json_text(usage ~ '_json', '$.' ~ key) }} as {{ usage }}_{{ name }}_text,
                {{ exact_count(usage ~ '_' ~ name ~ '_text') }} as {{ usage }}_{{ name }},
            {%- endfor %}
            coalesce({{ usage }}_input, {{ usage }}_output) is not null as has_{{ usage }},
            coalesce({{ usage }}_input, 0) + coalesce({{ usage }}_output, 0) as {{ usage }}_tokens,
            concat_ws(
                '.',
                coalesce({{ usage }}_input, 0), coalesce({{ usage }}_cached, 0),
                coalesce({{ usage }}_output, 0)
            ) as {{ usage }}_state,
        {%- endfor %}
        coalesce(nullif({{ json_text('payload', '$.session_id') }}, ''), thread_id) as session_id
    from threaded
),

-- A fork or subagent first repeats its parent's events: those that the parent's file holds or,
-- where that is missing, another fork of the parent, and those written at one go (each less than a
-- second after the one before).
parent_states as (
    select distinct
        thread_id,
        total_state
    from usage_events
    where event_type = 'token_count' and has_total
),

numbered as (
    select
        *,
        row_number() over (partition by source_file, event_type order by source_line)
            as event_number
    from usage_events
),

fork_states as (
    select
        parent_thread_id,
        event_number,
        total_state,
        own_state
    from numbered
    where event_type = 'token_count' and has_total and parent_thread_id is not null
    group by parent_thread_id, event_number, total_state, own_state
    having count(distinct thread_id) > 1
),

placed as (
    select
        numbered.*,
        coalesce(
            numbered.logged_at - lag(numbered.logged_at) over own_events,
            lead(numbered.logged_at) over own_events - numbered.logged_at
        ) < interval 1 second as is_at_one_go,
        parent_states.thread_id is not null as is_in_parent_file,
        numbered.parent_thread_id is not null
        and (
            is_in_parent_file
            or fork_states.total_state is not null
            or coalesce(is_at_one_go, false)
        ) as is_like_parent,
        max(numbered.logged_at) over (partition by numbered.source_file) as reaches_to,
        min(numbered.source_line) filter (
            where numbered.event_type = 'token_usage_record'
        ) over (partition by numbered.source_file) as first_response_line
    from numbered
    left join parent_states
        on
            numbered.event_type = 'token_count'
            and numbered.parent_thread_id = parent_states.thread_id
            and numbered.total_state = parent_states.total_state
    left join fork_states
        on
            numbered.event_type = 'token_count'
            and numbered.parent_thread_id = fork_states.parent_thread_id
            and numbered.event_number = fork_states.event_number
            and numbered.total_state = fork_states.total_state
            and numbered.own_state = fork_states.own_state
    window own_events as (
        partition by numbered.source_file, numbered.event_type
        order by numbered.source_line
    )
),

-- The running total before each event, and before the first response that is told by itself.
running as (
    select
        *,
        bool_and(is_like_parent) over events_so_far as is_replay,
        lag({
            'input': total_input, 'cached': total_cached, 'written': total_written,
            'output': total_output, 'reasoning': total_reasoning, 'total': total_total,
            'tokens': total_tokens
        }) over (partition by source_file, event_type, has_total order by source_line) as earlier,
        arg_min(
            if(has_total, total_tokens - own_tokens, null), source_line
        ) filter (where event_type = 'token_usage_record') over (partition by source_file)
            as tokens_before_responses,
        -- The file that reaches furthest tells a thread; of equals, the active one.
        first_value(source_file) over (
            partition by thread_id
            order by
                reaches_to desc nulls last, is_archived asc, delivery_rank desc, source_file asc
        ) as thread_file
    from placed
    window events_so_far as (
        partition by source_file, event_type
        order by source_line
        rows between unbounded preceding and current row
    )
),

-- What an event adds to the total. After a fall, and at the head of a fork, the total does not
-- tell: there the response's own counts do.
differences as (
    select
        *,
        event_type = 'token_count' and not has_total as has_only_own,
        total_tokens < earlier.tokens
        or total_input < earlier.input
        or total_output < earlier.output
        or coalesce(total_cached, 0) < coalesce(earlier.cached, 0) as is_reset,
        event_type = 'token_usage_record'
        or has_only_own
        or (has_own and coalesce(is_reset, parent_thread_id is not null)) as takes_own,
        {%- for name in counts %}
            if(
                takes_own,
                coalesce(own_{{ name }}, 0),
                coalesce(total_{{ name }}, 0)
                - if(coalesce(is_reset, false), 0, coalesce(earlier.{{ name }}, 0))
            ) as used_{{ name }},
        {%- endfor %}
        {% for count in all_counts -%}
            {{ unreadable(count ~ '_text', count) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count
    from running
),

-- The input holds what was read from and written to the cache, the output the reasoning.
disjoint as (
    {{ token_reading(
        'differences',
        {
            'input': 'used_input', 'output': 'used_output', 'cache_read': 'used_cached',
            'cache_write': 'used_written', 'reasoning': 'used_reasoning', 'total': 'used_total',
        },
        may_change=['reasoning'],
        is_documented=true,
    ) }}
),

checked as (
    select
        *,
        case
            when not is_json then 'malformed JSON'
            when other_layout is not null
                then
                    'unknown layout: expected lines of a Codex session, found ' || other_layout
            when event_type = 'turn.completed'
                then 'the output of codex exec, whose session file tells the same: not read'
            when logged_at is null then 'no readable timestamp'
            when has_unreadable_count then 'unreadable count'
            when least({{ all_counts | join(', ') }}) < 0 then 'negative count'
            when event_type = 'token_usage_record' and not has_own then 'no usage object'
            when not has_own and not has_total then 'no token counts'
            when is_replay or (event_type = 'token_count' and first_response_line is not null)
                then null
            when not takes_own and earlier is null and parent_thread_id is not null
                then 'the first total of a fork, without the counts of its own response'
            when used_cached + used_written > used_input
                then 'token counts contradict themselves: more cached than put in'
        end as refusal
    from disjoint
),

identified as (
    select
        *,
        case
            when refusal is not null then source_file || '#' || source_line
            when event_type = 'token_usage_record' and response_id is not null
                then 'response/' || response_id
            else thread_id || '/' || event_type || '/' || total_state || '/' || own_state
        end as call_key
    from checked
),

judged as (
    select
        *,
        bool_or(source_file = thread_file) over (partition by call_key) as is_in_thread_file,
        -- Of a history whose own file is missing one copy counts, where it kept its times: a copy
        -- that was stamped anew does not tell when anything was used.
        is_replay
        and not is_in_parent_file
        and logged_at < thread_started_at
        and row_number() over copies = 1 as is_only_copy,
        row_number() over response as response_place,
        first_value(source_file) over response as response_file,
        case
            when refusal is not null then null
            when event_type = 'token_usage_record'
                then
                    if(
                        response_place > 1,
                        'the same response is counted in ' || response_file,
                        null
                    )
            when is_replay and not is_only_copy
                then 'a fork repeats the history of its parent thread'
            when source_file != thread_file and is_in_thread_file
                then 'the same event is counted in ' || thread_file
            -- Counted before the first response that is told by itself, and not told by one.
            when
                first_response_line is not null
                and coalesce(total_tokens > tokens_before_responses, true)
                then 'the responses of this file are told by usage records'
            when earlier is not null and not is_reset and used_input + used_output = 0
                then 'the total did not change'
        end as repetition
    from identified
    window response as (
        partition by call_key
        order by
            coalesce(stated_thread_id = thread_id, false) desc, is_archived asc,
            delivery_rank desc, source_file asc, source_line asc
    ),
    copies as (
        partition by parent_thread_id, event_type, total_state, own_state, is_replay
        order by is_archived asc, source_file asc, source_line asc
    )
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        if(
            refusal is null and repetition is null and event_type = 'token_usage_record'
            and response_id is not null,
            call_key,
            -- Equal states of a thread differ by their place.
            call_key || '#' || row_number() over (
                partition by source_file, call_key order by source_line
            )
        ) as record_id,
        case
            when refusal is not null then 'quarantined'
            when repetition is not null then 'duplicate'
            when event_type = 'token_count' and source_file != thread_file then 'quarantined'
            else 'accepted'
        end as record_status,
        case
            when refusal is not null then refusal
            when repetition is not null then repetition
            when record_status = 'quarantined'
                then
                    'another file of the same thread counts, which does not hold this event: '
                    || thread_file
        end as problem,
        nullif(concat_ws(
            '; ', {{ unread_fields('own_json', counts.values() | list) }},
            if(record_status = 'accepted', reading_notice, null)
        ), '') as notice,
        try_cast(if(
            json_type(own_json) = 'OBJECT' or has_total, all_tokens, null
        ) as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        -- A session that states a plan was paid by it.
        if(
            {{ is_billed_per_token('codex') }} and stated_plan is null, 'openai_api', 'codex'
        ) as service,
        service != 'codex' as is_billable,
        if(service = 'codex', coalesce(lower(stated_plan), 'subscription'), 'api') as plan_type,
        {{ developer_of('folder') }} as user_id,
        response_id as request_id,
        session_id,
        project,
        branch,
        model,
        'standard' as service_tier,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        output_tokens,
        reading_certainty,
        unexplained_tokens,
        if(has_own, own_input, used_input) as context_tokens,
        logged_at as started_at,
        logged_at as ended_at
    from judged
)

select * from final
