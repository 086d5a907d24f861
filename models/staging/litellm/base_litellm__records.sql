{{ config(materialized='table') }}

{#- Where a count may stand, by gateway version and vendor: the first that is not 0 counts. -#}
{%- set counts = {
    'prompt_tokens': ['entry.prompt_tokens', 'used.input_tokens'],
    'completion_tokens': ['entry.completion_tokens', 'used.output_tokens'],
    'total_tokens': ['entry.total_tokens', 'used.total_tokens'],
    'cache_read': [
        'added.cache_read_input_tokens', 'added.prompt_tokens_details.cached_tokens',
        'used.cache_read_input_tokens', 'used.prompt_tokens_details.cached_tokens',
        'used.prompt_cache_hit_tokens', 'used.input_tokens_details.cached_tokens',
    ],
    'cache_write': [
        'added.cache_creation_input_tokens', 'added.prompt_tokens_details.cache_creation_tokens',
        'used.cache_creation_input_tokens', 'used.prompt_tokens_details.cache_creation_tokens',
        'used.prompt_tokens_details.cache_write_tokens',
    ],
    'cache_write_5m': [
        'used.cache_creation.ephemeral_5m_input_tokens',
        'used.prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens',
        'added.prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens',
    ],
    'cache_write_1h': [
        'used.cache_creation.ephemeral_1h_input_tokens',
        'used.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens',
        'added.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens',
    ],
    'reasoning': [
        'used.completion_tokens_details.reasoning_tokens', 'used.reasoning_tokens',
        'used.output_tokens_details.reasoning_tokens',
        'added.completion_tokens_details.reasoning_tokens',
    ],
    'raw_input': ['used.input_tokens'],
    'web_searches': [
        'used.server_tool_use.web_search_requests', 'added.server_tool_use.web_search_requests',
        'used.prompt_tokens_details.web_search_requests',
    ],
} %}
{%- for kind in ['audio', 'image', 'video'] %}
    {%- do counts.update({
        'input_' ~ kind: [
            'used.prompt_tokens_details.' ~ kind ~ '_tokens',
            'used.input_tokens_details.' ~ kind ~ '_tokens',
        ],
        'output_' ~ kind: [
            'used.completion_tokens_details.' ~ kind ~ '_tokens',
            'used.output_tokens_details.' ~ kind ~ '_tokens',
        ],
    }) %}
{%- endfor %}
{#- The usage as the gateway keeps it, read in one go: every number as text. -#}
{%- set usage_texts = [
    'total_tokens', 'input_tokens', 'output_tokens', 'cache_read_input_tokens',
    'cache_creation_input_tokens', 'prompt_cache_hit_tokens', 'reasoning_tokens', 'service_tier',
    'speed', 'inference_geo',
] %}
{%- set lifetimes = json_fields(['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens']) %}
{%- set input_texts = [
    'cached_tokens', 'cache_creation_tokens', 'cache_write_tokens', 'audio_tokens',
    'image_tokens', 'video_tokens', 'web_search_requests',
] %}
{%- set output_texts = ['reasoning_tokens', 'audio_tokens', 'image_tokens', 'video_tokens'] %}
{%- set input_details = json_fields(
    input_texts, {'cache_creation_token_details': lifetimes}
) %}
{%- set output_details = json_fields(output_texts) %}
{#- Text is what is left of the whole; characters and predictions repeat it. -#}
{%- set input_detail_names = input_texts + [
    'cache_creation_token_details', 'text_tokens', 'character_count', 'image_count',
    'video_length_seconds',
] %}
{%- set output_detail_names = output_texts + [
    'text_tokens', 'accepted_prediction_tokens', 'rejected_prediction_tokens',
] %}
{%- set usage_fields = json_fields(usage_texts, {
    'iterations': '"JSON"', 'cache_creation': lifetimes,
    'server_tool_use': json_fields(['web_search_requests']),
    'prompt_tokens_details': input_details, 'input_tokens_details': input_details,
    'completion_tokens_details': output_details, 'output_tokens_details': output_details,
}) %}
{#- The metadata, read in one go. -#}
{%- set metadata_fields = json_fields(
    [
        'status', 'litellm_call_id', 'user_api_key_hash', 'user_api_key_alias',
        'user_api_key_team_id', 'user_api_key_team_alias', 'user_api_key_user_email',
        'user_api_key_user_id',
    ],
    {
        'usage_object': '"JSON"', 'additional_usage_values': usage_fields,
        'cost_breakdown': '"JSON"', 'requester_custom_headers': '"JSON"',
        'spend_logs_metadata': '"JSON"',
    }
) %}
{#- Known and left out of the usage: what the vendor priced, and what repeats other counts. -#}
{%- set usage_left_out = usage_texts + [
    'prompt_tokens', 'completion_tokens', 'prompt_tokens_details', 'completion_tokens_details',
    'input_tokens_details', 'output_tokens_details', 'iterations', 'cache_creation',
    'server_tool_use', 'prompt_cache_miss_tokens', 'cost', 'cost_details', 'is_byok',
    'num_sources_used', 'inference_time', 'queue_time', 'prompt_time', 'completion_time',
    'total_time', 'traffic_type', 'text_tokens', 'cached_tokens',
] %}
{#- Known and left out: content, routing, timing, and what repeats the counts. -#}
{%- set spend_log_fields = [
    'request_id', 'api_key', 'spend', 'prompt_tokens', 'completion_tokens', 'startTime', 'endTime',
    'model', 'custom_llm_provider', 'user', 'team_id', 'metadata', 'cache_hit', 'request_tags',
    'session_id', 'status',
    'call_type', 'total_tokens', 'completionStartTime', 'request_duration_ms', 'model_id',
    'model_group', 'api_base', 'end_user', 'organization_id', 'agent_id', 'cache_key',
    'requester_ip_address', 'mcp_namespaced_tool_name', 'messages', 'response',
    'proxy_server_request', 'created_at', 'updated_at', 'litellm_call_id',
] %}
{%- set payload_fields = [
    'id', 'response_cost', 'prompt_tokens', 'completion_tokens', 'startTime', 'endTime', 'model',
    'custom_llm_provider', 'metadata', 'cache_hit', 'request_tags', 'trace_id', 'status',
    'model_parameters',
    'call_type', 'cost_breakdown', 'response_cost_failure_debug_info', 'total_tokens',
    'completionStartTime', 'response_time', 'model_id', 'model_group', 'api_base',
    'model_map_information', 'cache_key', 'saved_cache_cost', 'end_user',
    'requester_ip_address', 'messages', 'response', 'error_str', 'error_information',
    'hidden_params', 'stream', 'status_fields', 'guardrail_information', 'user_agent',
    'standard_built_in_tools_params', 'organization_id', 'agent_id', 'litellm_call_id',
] %}
{%- set count_names = counts.keys() | list %}
{#- What the gateway does that is no call of a model. -#}
{%- set stored_calls = [
    'get_responses', 'get_response', 'cancel_responses', 'cancel_response',
] %}
{%- set no_calls = '^(list_|delete_|get_(assistants|messages|thread|batch|file)|cancel_batch|'
    ~ 'create_(batch|file|assistant|thread|vector_store|container)|files?_|count_tokens|'
    ~ 'token_count|vector_stores?_(create|list|retrieve|update|delete|file)|'
    ~ 'video_(status|content|list|delete|retrieve)|add_message)' %}

with spend_log_lines as (
    select * from {{ source('litellm', 'spend_logs') }}
),

payload_lines as (
    select * from {{ source('litellm', 'standard_logging') }}
),

spend_logs as (
    select
        * exclude (line),
        if(json_valid(line), json_type(line), null) as json_kind,
        case
            when json_valid(line) and json_type(line) = 'OBJECT'
                then
                    from_json(line, '{
                        "request_id": "VARCHAR", "api_key": "VARCHAR", "spend": "VARCHAR",
                        "prompt_tokens": "VARCHAR", "completion_tokens": "VARCHAR",
                        "startTime": "VARCHAR", "endTime": "VARCHAR", "model": "VARCHAR",
                        "custom_llm_provider": "VARCHAR", "user": "VARCHAR", "team_id": "VARCHAR",
                        "metadata": "JSON", "cache_hit": "VARCHAR", "request_tags": "JSON",
                        "session_id": "VARCHAR", "status": "VARCHAR", "call_type": "VARCHAR",
                        "total_tokens": "VARCHAR", "api_base": "VARCHAR",
                        "litellm_call_id": "VARCHAR"
                    }')
        end as entry,
        if(entry is not null, {{ unread_fields('line', spend_log_fields) }}, null) as notice
    from spend_log_lines
),

payloads as (
    select
        * exclude (line),
        if(json_valid(line), json_type(line), null) as json_kind,
        case
            when json_valid(line) and json_type(line) = 'OBJECT'
                then
                    from_json(line, '{
                        "id": "VARCHAR", "response_cost": "VARCHAR", "prompt_tokens": "VARCHAR",
                        "completion_tokens": "VARCHAR", "startTime": "VARCHAR",
                        "endTime": "VARCHAR", "model": "VARCHAR",
                        "custom_llm_provider": "VARCHAR", "metadata": "JSON",
                        "cache_hit": "VARCHAR", "request_tags": "JSON", "trace_id": "VARCHAR",
                        "status": "VARCHAR", "model_parameters": "JSON", "call_type": "VARCHAR",
                        "total_tokens": "VARCHAR", "api_base": "VARCHAR",
                        "litellm_call_id": "VARCHAR", "cost_breakdown": "JSON"
                    }')
        end as entry,
        if(entry is not null, {{ unread_fields('line', payload_fields) }}, null) as notice
    from payload_lines
),

-- Both exports describe a call; only the names of the fields and the encoding of time differ.
calls as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivery_rank,
        json_kind,
        notice,
        md5(cast(entry as varchar)) as fingerprint,
        entry.request_id,
        entry.api_key as credential_id,
        entry.spend as spend_text,
        struct_pack(
            prompt_tokens := entry.prompt_tokens, completion_tokens := entry.completion_tokens,
            total_tokens := entry.total_tokens
        ) as entry,
        entry.call_type,
        entry.api_base,
        entry.litellm_call_id as call_id,
        {{ moment('entry.startTime') }} as started_at,
        {{ moment('entry.endTime') }} as ended_at,
        entry.model,
        entry.custom_llm_provider,
        entry.user as key_owner,
        entry.team_id,
        entry.cache_hit,
        entry.session_id,
        entry.status,
        {{ json_unwrapped('entry.metadata') }} as metadata,
        {{ json_unwrapped('entry.request_tags') }} as request_tags,
        cast(null as json) as cost_breakdown,
        cast(null as varchar) as requested_tier
    from spend_logs
    union all by name
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivery_rank,
        json_kind,
        notice,
        md5(cast(entry as varchar)) as fingerprint,
        entry.id as request_id,
        entry.response_cost as spend_text,
        struct_pack(
            prompt_tokens := entry.prompt_tokens, completion_tokens := entry.completion_tokens,
            total_tokens := entry.total_tokens
        ) as entry,
        entry.call_type,
        entry.api_base,
        entry.litellm_call_id as call_id,
        {{ moment('entry.startTime') }} as started_at,
        {{ moment('entry.endTime') }} as ended_at,
        entry.model,
        entry.custom_llm_provider,
        entry.cache_hit,
        entry.trace_id as session_id,
        entry.status,
        {{ json_unwrapped('entry.metadata') }} as metadata,
        {{ json_unwrapped('entry.request_tags') }} as request_tags,
        entry.cost_breakdown,
        {{ json_text('entry.model_parameters', '$.service_tier') }} as requested_tier
    from payloads
),

described as (
    select
        * exclude (metadata),
        from_json(metadata, '{{ metadata_fields }}') as meta
    from calls
),

measured as (
    select
        *,
        meta.usage_object as usage_json,
        from_json(meta.usage_object, '{{ usage_fields }}') as used,
        meta.additional_usage_values as added
    from described
),

-- A row without a provider says it in front of the model's name, or by its family.
served as (
    select
        *,
        coalesce(
            nullif(lower(trim(custom_llm_provider)), ''),
            {{ provider_of_model('model') }}
        ) as gateway_provider
    from measured
),

fields as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivery_rank,
        json_kind,
        nullif(concat_ws(
            '; ', notice, 'usage ' || {{ unread_fields('usage_json', usage_left_out) }},
            'prompt ' || {{ unread_fields(
                "json_extract(usage_json, '$.prompt_tokens_details')", input_detail_names
            ) }},
            'completion ' || {{ unread_fields(
                "json_extract(usage_json, '$.completion_tokens_details')", output_detail_names
            ) }}
        ), '') as notice,
        fingerprint,
        nullif(trim(request_id), '') as request_id,
        gateway_provider,
        {{ model_without_provider('model', 'gateway_provider') }} as model,
        spend_text,
        {{ exact_amount('spend_text') }} as charged,
        -- What the gateway adds for its own company is no cost of the vendor.
        {{ exact_amount(json_text(
            'coalesce(cost_breakdown, meta.cost_breakdown)', '$.margin_total_amount'
        )) }} as stated_margin,
        if(stated_margin > 0 and stated_margin <= charged, stated_margin, null) as gateway_margin,
        charged - coalesce(gateway_margin, 0) as spend,
        regexp_replace(
            lower(call_type),
            '^_?a_?((complet|text_c|respons|compact|get_|delete_|cancel_|creat|retriev|list_|embed|'
            || 'image|file|video|vector|count|token|generate).*)$',
            '\1'
        ) as call_word,
        started_at,
        greatest(ended_at, started_at) as ended_at,
        coalesce(lower(cache_hit) = 'true', false) as is_cache_hit,
        lower(coalesce(
            nullif(status, ''), meta.status, 'success'
        )) as status,
        case
            when call_word = 'retrieve_batch' then 'batch'
            when lower(used.speed) = 'fast' then 'fast'
            else {{ service_tier('coalesce(used.service_tier, requested_tier)') }}
        end as service_tier,
        coalesce(
            {{ anthropic_geo('used.inference_geo') }},
            {{ priced_place('gateway_provider', 'model', 'api_base') }}
        ) as inference_geo,
        coalesce(nullif(meta.litellm_call_id, ''), call_id) as call_id,
        nullif(session_id, '') as session_id,
        nullif(
            coalesce(credential_id, meta.user_api_key_hash), ''
        ) as credential_id,
        {{ hide_email('meta.user_api_key_alias') }} as credential_name,
        nullif(
            coalesce(team_id, meta.user_api_key_team_id), ''
        ) as team_id,
        {{ hide_email('meta.user_api_key_team_alias') }} as team_name,
        {{ pseudonym(
            "coalesce(meta.user_api_key_user_email, nullif(key_owner, ''),"
            ~ " meta.user_api_key_user_id)"
        ) }} as user_id,
        {%- for name, paths in counts.items() %}
            coalesce(
                {%- for path in paths %}
                    nullif({{ path }}, '0'){{ ',' if not loop.last }}
                {%- endfor %}
            ) as {{ name }}_text,
        {%- endfor %}
        used.prompt_tokens_details is not null as has_input_details,
        coalesce(
            used.prompt_tokens_details.cache_creation_tokens,
            used.prompt_tokens_details.cache_write_tokens
        ) is not null as details_writes,
        used.output_tokens_details is not null as has_output_details,
        nullif(entry.completion_tokens, '0') is null as has_image_names,
        {{ anthropic_iterations('used.iterations', 'model') }} as iterations,
        -- What callers say of themselves; read once for all calls that say the same.
        meta.requester_custom_headers as headers,
        request_tags,
        meta.spend_logs_metadata as caller_metadata
    from served
),

counted as (
    select
        * exclude (credential_id),
        -- A key itself is a secret; the gateway's own hash of it stays.
        if(starts_with(credential_id, 'sk-'), sha256(credential_id), credential_id)
            as credential_id,
        {%- for name in count_names %}
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {% for name in count_names -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count
    from fields
),

-- LiteLLM of about 1.66 to 1.79 counts cache reads inside the prompt and writes beside it; newer
-- versions say the writes among the details of the prompt. Where the vendor's own usage stands
-- beside the prompt, the two show what was added. The images endpoints have names of their own.
habits as (
    select
        *,
        if(
            has_image_names and contains(call_word, 'image') and not has_output_details,
            completion_tokens, output_image
        ) as image_output,
        case
            when coalesce(raw_input, 0) = 0 or prompt_tokens is null then null
            when prompt_tokens = raw_input + cache_read + coalesce(cache_write, 0) then 0
            when prompt_tokens = raw_input + coalesce(cache_read, 0)
                then {{ beside(['writes']) }}
            when prompt_tokens = raw_input and not has_image_names
                then {{ beside(['reads', 'writes']) }}
        end as habit_by_usage,
        coalesce(
            habit_by_usage,
            case
                when details_writes then 0
                when
                    has_input_details
                    and regexp_matches(gateway_provider, 'anthropic|bedrock|vertex')
                    then {{ beside(['writes']) }}
            end
        ) as habit
    from counted
),

totalled as (
    {{ token_reading(
        'habits',
        {
            'input': 'prompt_tokens', 'output': 'completion_tokens', 'total': 'total_tokens',
            'cache_read': 'cache_read', 'cache_write': 'cache_write',
            'cache_write_5m': 'cache_write_5m', 'cache_write_1h': 'cache_write_1h',
            'reasoning': 'reasoning', 'input_audio': 'input_audio', 'input_image': 'input_image',
            'input_video': 'input_video', 'output_audio': 'output_audio',
            'output_image': 'image_output', 'output_video': 'output_video',
        },
        may_change=['reads', 'writes', 'reasoning'],
        habit='habit',
        empty_total='total_tokens = coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)',
    ) }}
),

-- Of a message in several iterations the counts of the whole leave some out.
iterated as (
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
        {{ iteration_notice('totalled.iterations', 'totalled.all_tokens') }} as iteration_notice
    from totalled
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when started_at is null then 'no readable start time'
            when has_unreadable_count then 'unreadable token count'
            when least({{ count_names | join(', ') }}) < 0 then 'negative token count'
            when all_tokens >= 1000000000000 or web_searches >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number('cast(greatest(all_tokens, web_searches) as varchar)', '10^12') }}
            when {{ unreadable('spend_text', 'charged') }}
                then 'unreadable spend' || {{ refused_number('spend_text') }}
            when charged < 0 then 'negative spend'
        end as refusal
    from iterated
),

-- Few columns go through the windows, and few calls through the first, for most have an id.
records_as_delivered as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivery_rank,
        fingerprint,
        refusal,
        request_id
    from checked
),

identified as (
    select
        *,
        request_id as record_id
    from records_as_delivered
    where request_id is not null
    union all
    select
        *,
        {{ call_id() }} as record_id
    from records_as_delivered
    where request_id is null
),

delivered as (
    {{ first_record_counts('identified', ['source_dataset', 'account_folder']) }}
),

-- What may tell again what another row tells: the few rows that are no plain calls, by what the
-- gateway did. An id of a stored response holds that of its vendor.
told as (
    select
        checked.source_file,
        checked.source_line,
        checked.source_dataset,
        checked.account_folder,
        checked.model,
        checked.call_word,
        checked.session_id,
        checked.call_id,
        checked.started_at,
        checked.prompt_tokens,
        checked.completion_tokens,
        ends_with(checked.request_id, '_batch_cost') as is_batch_cost,
        coalesce(
            if(
                starts_with(checked.request_id, 'resp_'),
                nullif(regexp_extract(
                    try(decode(from_base64(substr(checked.request_id, 6)))),
                    'response_id:([^;]+)', 1
                ), ''),
                null
            ),
            checked.request_id
        ) as response_key,
        checked.all_tokens,
        checked.spend,
        checked.all_tokens > 0 or checked.spend > 0 as has_use
    from checked
    inner join delivered
        on
            checked.source_dataset = delivered.source_dataset
            and checked.source_file = delivered.source_file
            and checked.source_line = delivered.source_line
    where delivered.record_status = 'accepted' and checked.call_word is not null
),

asked as (
    select
        asked.source_file,
        asked.source_line,
        coalesce(bool_or(
            created.has_use
            and (
                created.response_key = asked.response_key
                or created.started_at <= asked.started_at
            )
        ), false) as repeats_call,
        coalesce(bool_or(created.response_key = asked.response_key), false) as has_call,
        row_number() over (
            partition by asked.source_dataset, asked.account_folder, asked.response_key
            order by asked.started_at, asked.source_file, asked.source_line
        ) as place
    from told as asked
    left join told as created
        on
            asked.source_dataset = created.source_dataset
            and asked.account_folder is not distinct from created.account_folder
            and created.call_word = 'responses'
            and (
                asked.response_key = created.response_key
                or (
                    asked.model = created.model
                    and asked.prompt_tokens = created.prompt_tokens
                    and asked.completion_tokens = created.completion_tokens
                )
            )
    where asked.call_word in {{ tuple_of(stored_calls) }} and asked.has_use
    group by
        asked.source_file, asked.source_line, asked.source_dataset, asked.account_folder,
        asked.response_key, asked.started_at
),

-- A batch's cost is written under its id; each later look at the batch may state it again.
polled as (
    select
        source_file,
        source_line,
        is_batch_cost,
        row_number() over (
            partition by
                source_dataset, account_folder, model, prompt_tokens, completion_tokens
            order by is_batch_cost desc, started_at, source_file, source_line
        ) as place
    from told
    where call_word = 'retrieve_batch' and has_use
),

-- An endpoint that the gateway serves by another one of its own is logged twice.
bridged as (
    select distinct
        inner_calls.source_file,
        inner_calls.source_line
    from told as outer_calls
    inner join told as inner_calls
        on
            outer_calls.source_dataset = inner_calls.source_dataset
            and outer_calls.account_folder is not distinct from inner_calls.account_folder
            and outer_calls.prompt_tokens = inner_calls.prompt_tokens
            and outer_calls.completion_tokens = inner_calls.completion_tokens
            and inner_calls.call_word = 'completion'
            and (
                outer_calls.call_id = inner_calls.call_id
                or (
                    outer_calls.session_id = inner_calls.session_id
                    and outer_calls.model = inner_calls.model
                    and abs(date_diff(
                        'millisecond', outer_calls.started_at, inner_calls.started_at
                    )) <= 1000
                )
            )
    where
        outer_calls.call_word in ('responses', 'anthropic_messages', 'generate_content')
        and outer_calls.has_use
),

verdicts as (
    select
        source_file,
        source_line,
        if(repeats_call or has_call, 'duplicate', 'quarantined') as status_told,
        case
            when repeats_call then 'a stored response was asked for: its call counts'
            when has_call then 'a stored response was asked for again: the first answer counts'
            else
                'a stored response was asked for, whose call is in no file: its tokens may be '
                || 'counted elsewhere'
        end as reason
    from asked
    where repeats_call or not has_call or place > 1
    union all by name
    select
        source_file,
        source_line,
        'duplicate' as status_told,
        'a batch was looked at again: its cost is counted' as reason
    from polled
    where place > 1 and not is_batch_cost
    union all by name
    select
        source_file,
        source_line,
        'duplicate' as status_told,
        'the gateway logged this call under another endpoint too' as reason
    from bridged
    union all by name
    -- Nothing ran: files, lists, deletions, counted tokens, and looks at what is not ready.
    select
        source_file,
        source_line,
        'superseded' as status_told,
        'no call of a model: ' || call_word as reason
    from told
    where
        coalesce(spend, 0) = 0
        and (
            regexp_matches(call_word, '{{ no_calls }}')
            or (
                all_tokens = 0
                and call_word in {{ tuple_of(stored_calls + ['retrieve_batch']) }}
            )
        )
),

callers as (
    select distinct
        headers,
        request_tags,
        caller_metadata
    from checked
),

tagged_callers as (
    select
        *,
        {{ tag_list('request_tags') }} as tags_of_request,
        {{ json_entries_as_tags('caller_metadata') }} as tags_of_caller,
        {{ known_text(cost_header('headers', 'department')) }} as header_department,
        {{ known_text(tag_value('tags_of_request', 'department')) }} as tag_department,
        {{ known_text(tag_value('tags_of_caller', 'department')) }} as metadata_department,
        coalesce(
            {{ known_text(cost_header('headers', 'feature')) }},
            {{ known_text(tag_value('tags_of_request', 'feature')) }},
            {{ known_text(tag_value('tags_of_caller', 'feature')) }}
        ) as feature,
        {{ pseudonym(
            "coalesce(" ~ cost_header('headers', 'user') ~ ", "
            ~ tag_value('tags_of_request', 'user') ~ ", "
            ~ tag_value('tags_of_caller', 'user') ~ ")"
        ) }} as claimed_user,
        {{ tag_entries('list_concat(tags_of_request, tags_of_caller)') }} as tag_entries,
        {{ tags_json('tag_entries') }} as tags
    from callers
),

told_once as (
    select
        checked.*,
        tagged_callers.header_department,
        tagged_callers.tag_department,
        tagged_callers.metadata_department,
        tagged_callers.feature,
        tagged_callers.claimed_user,
        tagged_callers.tags,
        delivered.record_id,
        coalesce(verdicts.status_told, delivered.record_status) as record_status,
        coalesce(verdicts.reason, delivered.problem) as problem
    from checked
    inner join delivered
        on
            checked.source_dataset = delivered.source_dataset
            and checked.source_file = delivered.source_file
            and checked.source_line = delivered.source_line
    inner join tagged_callers
        on
            checked.headers is not distinct from tagged_callers.headers
            and checked.request_tags is not distinct from tagged_callers.request_tags
            and checked.caller_metadata is not distinct from tagged_callers.caller_metadata
    left join verdicts
        on
            checked.source_file = verdicts.source_file
            and checked.source_line = verdicts.source_line
),

final as (
    select
        * exclude (
            {%- for name in count_names %}
                {{ name }}_text,
            {%- endfor %}
            {%- for name in count_names if name not in [
                'prompt_tokens', 'completion_tokens', 'web_searches',
            ] %}
                {{ name }},
            {%- endfor %}
            json_kind, notice, spend_text, has_unreadable_count, delivery_rank, refusal, headers, request_tags, caller_metadata,
            fingerprint, image_output, habit_by_usage, habit, has_input_details, details_writes,
            has_output_details, has_image_names, iteration_notice,
            reading_notice, charged, stated_margin, call_word, all_tokens, call_id,
            reading, cache_read_audio_tokens, cache_read_image_tokens, cache_read_video_tokens
        ),
        nullif(concat_ws(
            '; ', notice, if(record_status = 'accepted', reading_notice, null), iteration_notice,
            {{ unknown_provider_notice('gateway_provider', 'model') }},
            if(
                gateway_margin > 0 and record_status = 'accepted',
                'the gateway''s own margin is left out of the cost', null
            )
        ), '') as notice,
        if(json_kind = 'OBJECT', try_cast(all_tokens as {{ quantity_type() }}), null) as tokens,
        spend as amount,
        if(spend is not null, 'USD', null) as currency
    from told_once
)

select * from final
