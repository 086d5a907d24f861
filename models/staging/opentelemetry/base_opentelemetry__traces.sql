{{ config(materialized='table') }}

{#- Where a count may stand, by convention and age: the first that is there counts. -#}
{%- set counts = {
    'input': [
        'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.usage.prompt_tokens',
        'llm.token_count.prompt', 'ai.usage.inputTokens', 'ai.usage.promptTokens',
        'ai.usage.tokens',
    ],
    'output': [
        'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens',
        'llm.usage.completion_tokens', 'llm.token_count.completion', 'ai.usage.outputTokens',
        'ai.usage.completionTokens',
    ],
    'cache_read': [
        'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens',
        'gen_ai.usage.input_tokens.cached', 'gen_ai.usage.details.cache_read_tokens',
        'gen_ai.usage.details.cache_read_input_tokens', 'llm.usage.cache_read_input_tokens',
        'llm.token_count.prompt_details.cache_read', 'ai.usage.inputTokenDetails.cacheReadTokens',
        'ai.usage.cachedInputTokens',
    ],
    'written': [
        'gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_write.input_tokens',
        'gen_ai.usage.cache_creation_input_tokens', 'gen_ai.usage.cache_write_input_tokens',
        'gen_ai.usage.details.cache_write_tokens',
        'gen_ai.usage.details.cache_creation_input_tokens',
        'llm.usage.cache_creation_input_tokens', 'llm.token_count.prompt_details.cache_write',
        'ai.usage.inputTokenDetails.cacheWriteTokens',
    ],
    'written_5m': [
        'gen_ai.usage.cache_creation.ephemeral_5m_input_tokens',
        'gen_ai.usage.details.ephemeral_5m_input_tokens',
    ],
    'written_1h': [
        'gen_ai.usage.cache_creation.ephemeral_1h_input_tokens',
        'gen_ai.usage.details.ephemeral_1h_input_tokens',
    ],
    'reasoning': [
        'gen_ai.usage.reasoning.output_tokens', 'gen_ai.usage.reasoning_tokens',
        'gen_ai.usage.output_tokens.reasoning', 'gen_ai.usage.details.reasoning_tokens',
        'llm.usage.reasoning_tokens', 'llm.token_count.completion_details.reasoning',
        'ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens',
    ],
    'input_audio': [
        'gen_ai.usage.audio.input_tokens', 'llm.token_count.prompt_details.audio',
    ],
    'output_audio': [
        'gen_ai.usage.audio.output_tokens', 'llm.token_count.completion_details.audio',
    ],
    'input_image': ['gen_ai.usage.image.input_tokens'],
    'output_image': ['gen_ai.usage.image.output_tokens'],
    'total': [
        'gen_ai.usage.total_tokens', 'llm.usage.total_tokens', 'llm.token_count.total',
        'ai.usage.totalTokens',
    ],
} %}
{#- What the AI SDK passes on of the provider's answer, a text of JSON: where version 5 has cache writes
    and version 4 all of the cache, and what Anthropic itself counted. -#}
{%- set metadata_counts = {
    'cache_read': [
        '$.anthropic.cacheReadInputTokens', '$.anthropic.usage.cache_read_input_tokens',
        '$.bedrock.usage.cacheReadInputTokens', '$.openai.cachedPromptTokens',
    ],
    'written': [
        '$.anthropic.cacheCreationInputTokens', '$.anthropic.usage.cache_creation_input_tokens',
        '$.bedrock.usage.cacheWriteInputTokens',
    ],
    'written_5m': ['$.anthropic.usage.cache_creation.ephemeral_5m_input_tokens'],
    'written_1h': ['$.anthropic.usage.cache_creation.ephemeral_1h_input_tokens'],
    'reasoning': ['$.openai.reasoningTokens'],
} %}
{#- Claude Code's own names, in spans of its own name alone. -#}
{%- set claude_counts = {
    'input': 'input_tokens', 'output': 'output_tokens', 'cache_read': 'cache_read_tokens',
    'written': 'cache_creation_tokens',
} %}
{%- set words = {
    'operation': [
        'gen_ai.operation.name', 'openinference.span.kind', 'llm.request.type',
        'traceloop.span.kind', 'ai.operationId', 'span.type',
    ],
    'provider': [
        'gen_ai.provider.name', 'gen_ai.system', 'llm.provider', 'llm.vendor', 'llm.system',
        'ai.model.provider',
    ],
    'response_model': ['gen_ai.response.model', 'llm.response.model', 'ai.response.model'],
    'request_model': [
        'gen_ai.request.model', 'llm.request.model', 'llm.model_name', 'embedding.model_name',
        'ai.model.id', 'model',
    ],
    'response_id': ['gen_ai.response.id', 'llm.response.id', 'ai.response.id', 'request_id'],
    'tier': [
        'openai.response.service_tier', 'gen_ai.openai.response.service_tier',
        'openai.request.service_tier', 'gen_ai.openai.request.service_tier',
    ],
    'speed': ['speed'],
    'provider_metadata': ['ai.response.providerMetadata'],
    'error': ['error.type'],
    'session': ['gen_ai.conversation.id', 'session.id'],
    'agent': ['gen_ai.agent.name', 'gen_ai.agent.id', 'agent.name'],
    'workflow': ['gen_ai.workflow.name', 'traceloop.workflow.name'],
} %}
{#- What a caller or its deployment claims: on the span, otherwise on the resource. -#}
{%- set claims = {
    'department': ['department', 'dept', 'cost.center', 'cost_center', 'cost.centre',
        'cost_centre', 'costcenter'],
    'feature': ['feature', 'app.feature', 'feature.name'],
    'team': ['team', 'team.name', 'team_name', 'service.team'],
    'project': ['project', 'project.name', 'project_name'],
    'customer': ['customer', 'customer.id', 'tenant.id'],
    'environment': ['deployment.environment.name', 'deployment.environment'],
    'application': ['service.name'],
    'user': ['user.email', 'enduser.id', 'user.id'],
    'account_uuid': ['user.account_uuid'],
    'organization': ['organization.id'],
} %}
{%- set span_names = [] %}
{%- for names in [counts, words, claims] %}
    {%- for list in names.values() %}{%- do span_names.extend(list) %}{%- endfor %}
{%- endfor %}
{%- do span_names.extend(claude_counts.values()) %}
{%- set resource_names = [] %}
{%- for list in claims.values() %}{%- do resource_names.extend(list) %}{%- endfor %}
{#- Costs in attributes are inventions of single products, in no known unit. -#}
{%- set unread_on_purpose = [
    'gen_ai.usage.cost', 'gen_ai.usage.total_cost', 'llm.usage.total_cost',
    'gen_ai.usage.text.input_tokens', 'gen_ai.usage.text.output_tokens',
    'ai.usage.inputTokenDetails.noCacheTokens', 'ai.usage.outputTokenDetails.textTokens',
] %}
{%- set paths = {
    '$.resourceSpans': 'spans_kind',
    '$.resourceSpans[0].instrumentationLibrarySpans': 'library_spans_kind',
    '$.batches': 'batches_kind',
    '$.resourceMetrics': 'metrics_kind',
    '$.resourceLogs': 'logs_kind',
    '$.attributes': 'attributes_kind',
    '$.name': 'name_kind',
    '$.traceId': 'trace_kind',
    '$.spanContext.traceId': 'context_kind',
} %}
{%- set span_fields = '{
    "traceId": "VARCHAR", "spanId": "VARCHAR", "parentSpanId": "VARCHAR", "name": "VARCHAR",
    "startTimeUnixNano": "VARCHAR", "endTimeUnixNano": "VARCHAR", "startTime": "JSON",
    "endTime": "JSON", "attributes": "JSON", "status": "JSON",
    "spanContext": {"traceId": "VARCHAR", "spanId": "VARCHAR"},
    "parentSpanContext": {"spanId": "VARCHAR"}
}' %}
{%- set group_fields = '[{
    "resource": {"attributes": "JSON"},
    "scopeSpans": [{"scope": {"name": "VARCHAR"}, "spans": [' ~ span_fields ~ ']}]
}]' %}
{%- set resource_spans = '{"resourceSpans": ' ~ group_fields ~ '}' %}
{%- set batches = '{"batches": ' ~ group_fields ~ '}' %}

with recursive lines as (
    select * from {{ source('opentelemetry', 'traces') }}
),

documents as (
    {{ json_documents('lines') }}
),

parts as (
    select
        * exclude (document),
        unnest(
            case
                when starts_with(ltrim(cast(document as varchar)), '[')
                    then {{ json_list('document') }}
                else [document]
            end
        ) as part
    from documents
),

-- A line is an export request, or a span by itself as flat exporters write it. All is asked of it
-- at once: a line may be megabytes, and every question parses it again.
found as (
    select
        * exclude (part),
        json_type(part, [
            {%- for path in paths %}
                '{{ path }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as kinds,
        {%- for path, name in paths.items() %}
            kinds[{{ loop.index }}] as {{ name }},
        {%- endfor %}
        part
    from parts
),

judged_parts as (
    select
        * exclude (kinds, {{ paths.values() | join(', ') }}),
        case
            when spans_kind = 'ARRAY' then 'resourceSpans'
            -- As Grafana Tempo answers.
            when batches_kind = 'ARRAY' then 'batches'
        end as export_key,
        case
            when part is null then 'malformed JSON'
            when library_spans_kind is not null
                then
                    'unknown layout: expected scopeSpans, found instrumentationLibrarySpans '
                    || 'of an outdated exporter'
            when export_key is not null then null
            when metrics_kind is not null
                then 'metrics and not spans: they tell the same calls without their ids'
            when logs_kind is not null then 'log records and not spans: they tell the same calls'
            when attributes_kind is null
                then 'unknown layout: expected OTLP spans, found ' || {{ described('part') }}
            when
                coalesce(trace_kind, context_kind) is null
                or name_kind is null
                or coalesce({{ json_text('part', '$.type') }}, 'span') != 'span'
                then 'a log record or metric and not a span: it tells the same calls'
        end as layout_problem
    from found
),

-- Read in one go, for a file may be large; a part without spans stays one row with its problem.
resource_groups as (
    select
        * exclude (part, export_key),
        unnest(
            case
                when layout_problem is not null then [null]
                when export_key = 'resourceSpans'
                    then from_json(part, '{{ resource_spans }}').resourcespans
                when export_key = 'batches'
                    then from_json(part, '{{ batches }}').batches
                else
                    [struct_pack(
                        resource := struct_pack(
                            attributes := json_extract(part, '$.resource.attributes')
                        ),
                        scopespans := [struct_pack(
                            scope := struct_pack(
                                name := coalesce(
                                    {{ json_text('part', '$.instrumentationScope.name') }},
                                    {{ json_text('part', '$.scope.name') }}
                                )
                            ),
                            spans := [from_json(part, '{{ span_fields }}')]
                        )]
                    )]
            end
        ) as resource_group
    from judged_parts
),

scope_groups as (
    select
        * exclude (resource_group),
        resource_group.resource.attributes as resource_json,
        unnest(if(layout_problem is null, resource_group.scopespans, [null])) as scope_group
    from resource_groups
),

raw_spans as (
    select
        * exclude (scope_group),
        scope_group.scope.name as scope,
        unnest(if(layout_problem is null, scope_group.spans, [null])) as span
    from scope_groups
),

-- Most spans have nothing to do with models: of these only their place in the tree is kept.
spans as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivery_rank,
        layout_problem,
        scope,
        nullif(regexp_replace(coalesce(span.traceid, span.spancontext.traceid), '^0+$', ''), '')
            as trace_id,
        nullif(regexp_replace(coalesce(span.spanid, span.spancontext.spanid), '^0+$', ''), '')
            as span_id,
        nullif(
            regexp_replace(
                coalesce(span.parentspanid, span.parentspancontext.spanid), '^0+$', ''
            ),
            ''
        ) as parent_id,
        coalesce(span.name = 'claude_code.llm_request', false) as is_claude_code,
        is_claude_code
        or coalesce(
            regexp_matches(
                cast(span.attributes as varchar),
                '"(gen_ai|llm|openinference|traceloop|ai|embedding)\.'
            ),
            false
        ) as is_about_models,
        if(is_about_models, span, null) as span,
        if(is_about_models, resource_json, null) as resource_json
    from raw_spans
),

attributed as (
    select
        * exclude (span, resource_json, layout_problem),
        {{ otel_entries('span.attributes', span_names | unique | list) }} as entries,
        {{ otel_map('entries') }} as attributes,
        {{ otel_entries('resource_json', resource_names | unique | list) }} as resource_entries,
        {{ otel_map('resource_entries') }} as resource_attributes,
        case json_type(span.attributes)
            when 'OBJECT' then json_keys(span.attributes)
            else
                list_transform(
                    from_json(span.attributes, '[{"key": "VARCHAR"}]'), lambda a: a.key
                )
        end as attribute_names,
        {{ otel_time('span.starttimeunixnano', 'span.starttime') }} as started_at,
        {{ otel_time('span.endtimeunixnano', 'span.endtime') }} as stated_end,
        lower({{ json_text('span.status', '$.code') }}) in ('2', 'status_code_error', 'error')
            as is_error
    from spans
    where is_about_models and layout_problem is null
),

named as (
    select
        * exclude (
            entries, resource_entries, attributes, resource_attributes, attribute_names
        ),
        attributes is null as has_contradiction,
        {%- for word, names in words.items() if word != 'provider_metadata' %}
            {{ otel_first('attributes', names) }} as {{ word }},
        {%- endfor %}
        try_cast({{ otel_first('attributes', words.provider_metadata) }} as json) as metadata,
        {{ exact_count(json_text('metadata', '$.anthropic.usage.input_tokens')) }} as vendor_input,
        coalesce(
            {{ json_text('metadata', '$.openai.serviceTier') }},
            {{ json_text('metadata', '$.azure.serviceTier') }},
            {{ json_text('metadata', '$.anthropic.usage.service_tier') }}
        ) as vendor_tier,
        {{ json_text('metadata', '$.anthropic.usage.speed') }} as vendor_speed,
        {{ anthropic_geo(json_text('metadata', '$.anthropic.usage.inference_geo')) }}
            as inference_geo,
        {%- for claim, names in claims.items() %}
            {{ otel_first('attributes', names) }} as span_{{ claim }},
            {{ otel_first('resource_attributes', names) }} as resource_{{ claim }},
        {%- endfor %}
        {%- for count, names in counts.items() %}
            coalesce(
                {%- if count in claude_counts %}
                    if(is_claude_code, attributes['{{ claude_counts[count] }}'], null),
                {%- endif %}
                {{ otel_first('attributes', names) }}
                {%- for path in metadata_counts.get(count, []) %},
                    {{ json_text('metadata', path) }}
                {%- endfor %}
            ) as {{ count }}_text,
            {{ exact_count(count ~ '_text') }} as {{ count }},
        {%- endfor %}
        {{ unread(
            "list_filter(attribute_names, lambda name: regexp_matches(name, "
            ~ "'^(gen_ai[.]usage|llm[.]usage|llm[.]token_count|ai[.]usage)[.]'))",
            span_names | unique | list + unread_on_purpose, 'attributes'
        ) }} as notice,
        -- Version 6 of the AI SDK writes what its counts hold.
        len(list_filter(
            attribute_names, lambda name: starts_with(name, 'ai.usage.inputTokenDetails.')
        )) > 0 as has_input_details,
        regexp_replace(lower(operation), '^ai[.][a-z]+[.]', '') as operation_word
    from attributed
),

-- What a span tells: a call of a model, or work that may hold calls.
classified as (
    select
        * exclude (metadata),
        coalesce(input, output) is not null as states_use,
        case
            when
                is_claude_code
                or operation_word in (
                    'chat', 'llm', 'completion', 'text_completion', 'generate_content',
                    'llm_request', 'dogenerate', 'dostream'
                )
                then 'text'
            when operation_word in ('embeddings', 'embedding', 'doembed') then 'embeddings'
            when
                operation_word in (
                    'rerank', 'reranker', 'image_generation', 'speech', 'transcription'
                )
                then operation_word
            -- Without a known word it is a call when it says of which model.
            when
                states_use
                and operation_word is null
                and coalesce(response_model, request_model, provider) is not null
                then 'text'
        end as call_kind,
        call_kind is not null as is_call,
        not is_call and operation_word is not null as is_work,
        coalesce(operation_word in ('invoke_agent', 'agent'), false) or agent is not null
            as is_of_agent
    from named
),

-- By convention the input holds what was read from and written to the cache, and the output the
-- reasoning. Not so in Claude Code's spans, in the AI SDK before version 6 (Anthropic's counts as
-- they are, which a later version passes on beside its own; Google's thoughts beside the answer), in
-- OpenLLMetry's for Bedrock, and in xAI's own
-- counts of reasoning.
emitters as (
    select
        *,
        {% for count in counts -%}
            {{ unreadable(count ~ '_text', count) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        lower(concat_ws(' ', provider, response_model, request_model)) as served_words,
        -- Who answered the SDK: a provider that speaks for others counts as OpenAI does, whatever the
        -- model; the gateway of the SDK's own maker passes on what the model's vendor counts.
        if(
            provider is null or lower(provider) = 'gateway', served_words, lower(provider)
        ) as answering_words,
        case
            when is_claude_code then {{ beside(['reads', 'writes']) }}
            {%- if var('exclusive_input_scopes') %}
                when scope in {{ tuple_of(var('exclusive_input_scopes')) }}
                    then {{ beside(['reads', 'writes']) }}
            {%- endif %}
            when scope = 'ai' and vendor_input = input then {{ beside(['reads', 'writes']) }}
            when scope = 'ai' and (has_input_details or vendor_input is not null) then 0
            when scope = 'ai' and regexp_matches(answering_words, 'anthropic|claude|bedrock')
                then {{ beside(['reads', 'writes']) }}
            when scope = 'ai' and regexp_matches(answering_words, 'google|gemini|vertex')
                then {{ beside(['reasoning']) }}
            when scope = 'opentelemetry.instrumentation.bedrock'
                then {{ beside(['reads', 'writes']) }}
            when regexp_matches(served_words, '(^| )(x_?ai|grok)') then {{ beside(['reasoning']) }}
        end as habit
    from classified
    where is_call or states_use or has_contradiction
),

token_classes as (
    {{ token_reading(
        'emitters',
        {
            'input': 'input', 'output': 'output', 'cache_read': 'cache_read',
            'cache_write': 'written', 'cache_write_5m': 'written_5m',
            'cache_write_1h': 'written_1h', 'reasoning': 'reasoning',
            'input_audio': 'input_audio', 'input_image': 'input_image',
            'output_audio': 'output_audio', 'output_image': 'output_image', 'total': 'total',
        },
        may_change=['reads', 'writes', 'reasoning'],
        habit='habit',
        empty_total='(habit & 3) > 0 and total = coalesce(input, 0) + coalesce(output, 0)',
    ) }}
),

checked as (
    select
        *,
        case
            when has_contradiction then 'an attribute is stated twice, with different values'
            when started_at is null then 'no readable start time'
            when has_unreadable_count then 'unreadable count'
            when least({{ counts.keys() | join(', ') }}) < 0 then 'negative count'
        end as refusal,
        refusal is null and states_use as is_counted,
        md5(concat_ws(
            '/', started_at, all_tokens, input_tokens, cache_read_tokens, output_tokens,
            coalesce(response_model, request_model), response_id
        )) as fingerprint,
        coalesce(
            trace_id || '/' || span_id,
            source_file || '#' || source_line || '/' || row_number() over (
                partition by source_file, source_line order by started_at, fingerprint
            )
        ) as span_key
    from token_classes
),

-- Exporters retry, and a collector may write a span through two pipelines: one counts.
delivered as (
    select
        *,
        row_number() over deliveries as place,
        first_value(fingerprint) over deliveries as counted_fingerprint,
        first_value(source_file) over deliveries as counted_file
    from checked
    window deliveries as (
        partition by span_key, refusal is null
        order by is_counted desc, delivery_rank desc, source_line desc, fingerprint asc
    )
),

told as (
    select * from delivered
    where place = 1 and refusal is null and trace_id is not null and span_id is not null
),

-- The tree of those traces in which there is anything to count.
tree as (
    select
        spans.trace_id,
        spans.span_id,
        max(spans.parent_id) as parent_id,
        coalesce(bool_or(classified.is_work), false) as is_work,
        coalesce(bool_or(classified.is_of_agent), false) as is_of_agent,
        max(coalesce(classified.agent, classified.workflow)) as agent
    from spans
    semi join told on spans.trace_id = told.trace_id
    left join classified
        on
            spans.trace_id = classified.trace_id
            and spans.span_id = classified.span_id
    where spans.span_id is not null
    group by spans.trace_id, spans.span_id
),

-- From each span that tells use up to the root, and whether work (an agent, a tool) lies between.
climb as (
    select
        trace_id,
        span_id,
        parent_id as above_id,
        1 as height,
        false as is_past_work
    from told
    where parent_id is not null
    union all
    select
        climb.trace_id,
        climb.span_id,
        tree.parent_id as above_id,
        climb.height + 1 as height,
        climb.is_past_work or tree.is_work as is_past_work
    from climb
    inner join tree
        on climb.trace_id = tree.trace_id and climb.above_id = tree.span_id
    where tree.parent_id is not null and climb.height < 200
),

paths as (
    select
        climb.trace_id,
        climb.span_id,
        climb.above_id,
        climb.is_past_work,
        climb.height,
        below.is_counted as is_use_below,
        below.call_kind as kind_below,
        above.is_counted as is_use_above,
        above.call_kind as kind_above,
        tree.span_id is null as is_missing,
        tree.is_of_agent,
        tree.agent
    from climb
    inner join told as below
        on climb.trace_id = below.trace_id and climb.span_id = below.span_id
    left join told as above
        on climb.trace_id = above.trace_id and climb.above_id = above.span_id
    left join tree
        on climb.trace_id = tree.trace_id and climb.above_id = tree.span_id
),

-- What lies below a span.
held as (
    select
        trace_id,
        above_id as span_id,
        bool_or(is_use_below) as holds_use,
        bool_or(is_use_below and kind_below = kind_above and not is_past_work) as holds_itself
    from paths
    group by trace_id, above_id
),

-- What lies above a span; the last id when the file does not hold its span.
holders as (
    select
        trace_id,
        span_id,
        bool_or(is_use_above and kind_below = kind_above and not is_past_work) as is_held_by_itself,
        bool_or(is_of_agent) as is_of_agent,
        arg_min(agent, height) as agent,
        max(above_id) filter (where is_missing) as lost_id
    from paths
    group by trace_id, span_id
),

-- Calls whose place in the tree is lost may belong to any agent of their trace.
lost_calls as (
    select distinct
        told.trace_id,
        holders.lost_id
    from told
    inner join holders on told.trace_id = holders.trace_id and told.span_id = holders.span_id
    where told.is_call and told.is_counted and holders.lost_id is not null
),

trees as (
    select
        delivered.* replace (
            delivered.is_of_agent or coalesce(holders.is_of_agent, false) as is_of_agent,
            coalesce(delivered.agent, holders.agent) as agent
        ),
        coalesce(held.holds_use, false) as holds_use,
        coalesce(held.holds_itself, false) as holds_itself,
        coalesce(holders.is_held_by_itself, false) as is_held_by_itself,
        exists(
            select 1 from lost_calls
            where
                lost_calls.trace_id = delivered.trace_id
                and lost_calls.lost_id is distinct from holders.lost_id
        ) as may_hold_use
    from delivered
    left join held
        on delivered.trace_id = held.trace_id and delivered.span_id = held.span_id
    left join holders
        on delivered.trace_id = holders.trace_id and delivered.span_id = holders.span_id
),

nested as (
    select
        *,
        case
            when refusal is not null or place > 1 then null
            when is_call and holds_itself
                then 'a span below it tells the same call'
            when is_call and not is_counted and is_held_by_itself
                then 'a span above it tells the same call, with its tokens'
            when not is_call and holds_use then 'the spans below it tell what it sums up'
            when not is_call and may_hold_use
                then 'it may sum up calls of the same trace, whose parents were not exported'
        end as repetition
    from trees
),

-- One response told by two instrumentations, in one trace or two.
responses as (
    select
        *,
        refusal is null and place = 1 and repetition is null and is_call as tells_response,
        row_number() over response as response_place,
        first_value(trace_id) over response as response_trace,
        first_value(all_tokens) over response as response_tokens
    from nested
    window response as (
        partition by
            response_id,
            refusal is null and place = 1 and repetition is null and is_call
        order by
            is_counted desc, context_tokens - input_tokens desc, delivery_rank desc, source_file asc,
            source_line asc, span_key asc
    )
),

judged as (
    select
        *,
        coalesce(tells_response and response_id is not null and response_place > 1, false)
            as is_told_again,
        case
            when refusal is not null or place > 1 or repetition is not null then null
            when
                is_told_again
                and not (
                    trace_id is not distinct from response_trace
                    or all_tokens = response_tokens
                    or not is_counted
                )
                then 'id collision: another call with this response id was delivered'
            when is_told_again or is_counted or coalesce(is_error or error is not null, false)
                then null
            else 'no token counts: what this call used is unknown'
        end as doubt
    from responses
),

served as (
    select
        *,
        case
            when is_claude_code
                then
                    if({{ is_billed_per_token('claude_code') }}, 'claude_api', 'claude_code')
            when
                lower(coalesce(provider, '')) in ('github', 'github_copilot', 'github.copilot')
                or contains(lower(coalesce(scope, '')), 'copilot')
                then 'github_copilot'
            else
                {{ service_of('provider', 'coalesce(response_model, request_model)') }}
        end as service
    from judged
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        span_key as record_id,
        case
            when coalesce(refusal, doubt) is not null then 'quarantined'
            when place > 1 and fingerprint != counted_fingerprint then 'superseded'
            when place > 1 or repetition is not null or is_told_again then 'duplicate'
            else 'accepted'
        end as record_status,
        case
            when coalesce(refusal, doubt) is not null then coalesce(refusal, doubt)
            when place > 1 and fingerprint != counted_fingerprint
                then 'another delivery of the same span counts, in ' || counted_file
            when place > 1 then 'the same span was delivered again, in ' || counted_file
            when repetition is not null then repetition
            when is_told_again then 'another span tells the same response'
        end as problem,
        nullif(concat_ws(
            '; ',
            notice,
            if(record_status = 'accepted', reading_notice, null),
            if(
                service = 'github_copilot' or is_claude_code,
                null,
                {{ unknown_provider_notice('provider', 'coalesce(response_model, request_model)') }}
            )
        ), '') as notice,
        try_cast(all_tokens as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        service,
        if(service = 'claude_code', 'subscription', null) as plan_type,
        service not in ('claude_code', 'github_copilot') and all_tokens > 0 as is_billable,
        coalesce(
            if(is_claude_code, coalesce(span_organization, resource_organization), null),
            account_folder
        ) as account_id,
        if(is_error or error is not null, 'failure', 'success') as status,
        response_id as request_id,
        coalesce(session, trace_id) as session_id,
        -- A provider's prefix is no part of the model's name.
        nullif(coalesce(response_model, request_model), '') as model,
        if(
            lower(coalesce(speed, vendor_speed)) = 'fast', 'fast',
            {{ service_tier('coalesce(tier, vendor_tier)') }}
        ) as service_tier,
        inference_geo,
        input_tokens,
        input_audio_tokens,
        input_image_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        output_audio_tokens,
        output_image_tokens,
        reading_certainty,
        unexplained_tokens,
        if(input is null, null, context_tokens) as context_tokens,
        started_at,
        greatest(coalesce(stated_end, started_at), started_at) as ended_at,
        is_claude_code or if(is_of_agent, true, null) as is_agentic,
        {{ hide_email('coalesce(span_application, resource_application)') }} as application,
        {{ hide_email('coalesce(span_team, resource_team)') }} as team_name,
        {{ known_text('span_department') }} as tag_department,
        {{ known_text('resource_department') }} as metadata_department,
        {{ known_text(hide_email('coalesce(span_feature, workflow, agent, resource_feature)')) }}
            as feature,
        if(
            is_claude_code,
            {{ pseudonym(
                "coalesce(nullif(regexp_extract(coalesce(span_user, resource_user), '.*@.*'), ''), "
                ~ "span_account_uuid, resource_account_uuid)"
            ) }},
            null
        ) as user_id,
        if(is_claude_code, null, {{ pseudonym('coalesce(span_user, resource_user)') }})
            as claimed_user,
        {{ json_object_text({
            'agent': hide_email('agent'),
            'customer': hide_email('coalesce(span_customer, resource_customer)'),
            'environment': hide_email('coalesce(span_environment, resource_environment)'),
            'project': hide_email('coalesce(span_project, resource_project)'),
            'service': hide_email('coalesce(span_application, resource_application)'),
            'team': hide_email('coalesce(span_team, resource_team)'),
            'workflow': hide_email('workflow'),
        }) }} as tags
    from served
    union all by name
    select
        source_dataset,
        source_file,
        source_line,
        source_file || '#' || source_line || '/' || row_number() over (
            partition by source_file, source_line order by layout_problem
        ) as record_id,
        'quarantined' as record_status,
        layout_problem as problem,
        account_folder as account_id
    from spans
    where layout_problem is not null
)

select * from final
