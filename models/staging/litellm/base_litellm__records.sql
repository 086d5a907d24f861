{{ config(materialized='table') }}

{#- Where a count may stand, by gateway version and vendor: the first that is not 0 counts. -#}
{%- set details = 'prompt_tokens_details.cache_creation_token_details' %}
{%- set counts = {
    'cache_read_tokens': [
        '$.additional_usage_values.cache_read_input_tokens',
        '$.additional_usage_values.prompt_tokens_details.cached_tokens',
        '$.usage_object.cache_read_input_tokens',
        '$.usage_object.prompt_tokens_details.cached_tokens',
    ],
    'cache_write_tokens': [
        '$.additional_usage_values.cache_creation_input_tokens',
        '$.additional_usage_values.prompt_tokens_details.cache_creation_tokens',
        '$.usage_object.cache_creation_input_tokens',
        '$.usage_object.prompt_tokens_details.cache_creation_tokens',
        '$.usage_object.prompt_tokens_details.cache_write_tokens',
    ],
    'cache_write_1h_tokens': [
        '$.usage_object.cache_creation.ephemeral_1h_input_tokens',
        '$.usage_object.' ~ details ~ '.ephemeral_1h_input_tokens',
        '$.additional_usage_values.' ~ details ~ '.ephemeral_1h_input_tokens',
    ],
    'input_audio_tokens': ['$.usage_object.prompt_tokens_details.audio_tokens'],
    'output_audio_tokens': ['$.usage_object.completion_tokens_details.audio_tokens'],
    'web_searches': [
        '$.usage_object.server_tool_use.web_search_requests',
        '$.additional_usage_values.server_tool_use.web_search_requests',
    ],
} %}
{#- Known and left out: content, routing, timing, and what repeats the counts. -#}
{%- set spend_log_fields = [
    'request_id', 'api_key', 'spend', 'prompt_tokens', 'completion_tokens', 'startTime', 'endTime',
    'model', 'custom_llm_provider', 'user', 'team_id', 'metadata', 'cache_hit', 'request_tags',
    'session_id', 'status',
    'call_type', 'total_tokens', 'completionStartTime', 'request_duration_ms', 'model_id',
    'model_group', 'api_base', 'end_user', 'organization_id', 'agent_id', 'cache_key',
    'requester_ip_address', 'mcp_namespaced_tool_name', 'messages', 'response',
    'proxy_server_request', 'created_at', 'updated_at',
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
    'standard_built_in_tools_params', 'organization_id', 'agent_id',
] %}
{%- set count_names = ['prompt_tokens', 'completion_tokens'] + counts.keys() | list %}

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
                        "session_id": "VARCHAR", "status": "VARCHAR"
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
                        "status": "VARCHAR", "model_parameters": "JSON"
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
        entry.prompt_tokens as prompt_tokens_text,
        entry.completion_tokens as completion_tokens_text,
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
        entry.prompt_tokens as prompt_tokens_text,
        entry.completion_tokens as completion_tokens_text,
        {{ moment('entry.startTime') }} as started_at,
        {{ moment('entry.endTime') }} as ended_at,
        entry.model,
        entry.custom_llm_provider,
        entry.cache_hit,
        entry.trace_id as session_id,
        entry.status,
        {{ json_unwrapped('entry.metadata') }} as metadata,
        {{ json_unwrapped('entry.request_tags') }} as request_tags,
        {{ json_text('entry.model_parameters', '$.service_tier') }} as requested_tier
    from payloads
),

fields as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivery_rank,
        json_kind,
        notice,
        fingerprint,
        nullif(trim(request_id), '') as request_id,
        -- A row without a provider says it in front of the model's name, or by its family.
        coalesce(
            nullif(lower(trim(custom_llm_provider)), ''),
            {{ provider_of_model('model') }}
        ) as gateway_provider,
        {{ model_without_provider('model', 'gateway_provider') }} as model,
        spend_text,
        prompt_tokens_text,
        completion_tokens_text,
        {{ exact_amount('spend_text') }} as spend,
        started_at,
        greatest(ended_at, started_at) as ended_at,
        coalesce(lower(cache_hit) = 'true', false) as is_cache_hit,
        lower(coalesce(
            nullif(status, ''), {{ json_text('metadata', '$.status') }}, 'success'
        )) as status,
        {{ service_tier(
            "coalesce(" ~ json_text('metadata', '$.usage_object.service_tier')
            ~ ", requested_tier)"
        ) }} as service_tier,
        nullif(session_id, '') as session_id,
        nullif(
            coalesce(credential_id, {{ json_text('metadata', '$.user_api_key_hash') }}), ''
        ) as credential_id,
        {{ hide_email(json_text('metadata', '$.user_api_key_alias')) }} as credential_name,
        nullif(
            coalesce(team_id, {{ json_text('metadata', '$.user_api_key_team_id') }}), ''
        ) as team_id,
        {{ hide_email(json_text('metadata', '$.user_api_key_team_alias')) }} as team_name,
        {{ pseudonym(
            "coalesce(" ~ json_text('metadata', '$.user_api_key_user_email')
            ~ ", nullif(key_owner, ''), " ~ json_text('metadata', '$.user_api_key_user_id') ~ ")"
        ) }} as user_id,
        {%- for name, paths in counts.items() %}
            coalesce(
                {%- for path in paths %}
                    nullif({{ json_text('metadata', path) }}, '0'){{ ',' if not loop.last }}
                {%- endfor %}
            ) as {{ name }}_text,
        {%- endfor %}
        metadata -> '$.requester_custom_headers' as headers,
        {{ tag_list('request_tags') }} as request_tags,
        {{ json_entries_as_tags("metadata -> '$.spend_logs_metadata'") }} as caller_tags
    from calls
),

counted as (
    select
        * exclude (headers, request_tags, caller_tags, credential_id),
        -- A key itself is a secret; the gateway's own hash of it stays.
        if(starts_with(credential_id, 'sk-'), sha256(credential_id), credential_id)
            as credential_id,
        {%- for name in count_names %}
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {% for name in count_names -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        {{ known_text(cost_header('headers', 'department')) }} as header_department,
        {{ known_text(tag_value('request_tags', 'department')) }} as tag_department,
        {{ known_text(tag_value('caller_tags', 'department')) }} as metadata_department,
        coalesce(
            {{ known_text(cost_header('headers', 'feature')) }},
            {{ known_text(tag_value('request_tags', 'feature')) }},
            {{ known_text(tag_value('caller_tags', 'feature')) }}
        ) as feature,
        {{ pseudonym(
            "coalesce(" ~ cost_header('headers', 'user') ~ ", " ~ tag_value('request_tags', 'user')
            ~ ", " ~ tag_value('caller_tags', 'user') ~ ")"
        ) }} as claimed_user,
        {{ tag_entries('list_concat(request_tags, caller_tags)') }} as tag_entries,
        {{ tags_json('tag_entries') }} as tags
    from fields
),

-- The prompt holds the cached tokens, unless they exceed it: then it was logged without them.
totalled as (
    select
        *,
        coalesce(prompt_tokens, 0)
        + if(
            coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)
            > coalesce(prompt_tokens, 0),
            coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0),
            0
        ) as context_tokens
    from counted
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
            when
                context_tokens + coalesce(completion_tokens, 0) >= 1000000000000
                or web_searches >= 1000000000000
                then 'token count out of range'
            when {{ unreadable('spend_text', 'spend') }}
                then 'unreadable spend' || {{ refused_number('spend_text') }}
            when spend < 0 then 'negative spend'
        end as refusal
    from totalled
),

identified as (
    select
        *,
        {{ call_id() }} as record_id
    from checked
),

judged as (
    {{ first_record_counts('identified', ['source_dataset', 'account_folder']) }}
),

final as (
    select
        * exclude (
            {%- for name in count_names %}
                {{ name }}_text,
            {%- endfor %}
            json_kind, notice, spend_text, has_unreadable_count, tag_entries, delivery_rank,
            fingerprint
        ),
        notice,
        if(
            json_kind = 'OBJECT',
            try_cast(context_tokens + coalesce(completion_tokens, 0) as {{ quantity_type() }}),
            null
        ) as tokens,
        spend as amount,
        if(spend is not null, 'USD', null) as currency
    from judged
)

select * from final
