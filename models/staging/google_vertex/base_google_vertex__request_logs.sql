{{ config(materialized='table') }}

{#- Count -> its path in Gemini's usage object. A count of 0 is left out there. -#}
{%- set counts = {
    'prompt_tokens': '$.promptTokenCount',
    'cached_tokens': '$.cachedContentTokenCount',
    'candidates_tokens': '$.candidatesTokenCount',
    'thoughts_tokens': '$.thoughtsTokenCount',
    'tool_prompt_tokens': '$.toolUsePromptTokenCount',
    'live_tokens': '$.responseTokenCount',
    'total_tokens': '$.totalTokenCount',
} %}
{#- The same for Claude, whose input excludes the cache. -#}
{%- set claude_counts = {
    'claude_input_tokens': '$.input_tokens',
    'claude_read_tokens': '$.cache_read_input_tokens',
    'claude_write_tokens': '$.cache_creation_input_tokens',
    'claude_write_1h_tokens': '$.cache_creation.ephemeral_1h_input_tokens',
    'claude_output_tokens': '$.output_tokens',
} %}
{%- set details = {
    'prompt': "'$.promptTokensDetails'",
    'cached': "'$.cacheTokensDetails'",
    'output': "if(json_exists(usage_object, '$.candidatesTokensDetails'), '$.candidatesTokensDetails', '$.responseTokensDetails')",
} %}
{%- set modalities = ['audio', 'image', 'video'] %}
{%- set count_names = counts.keys() | list + claude_counts.keys() | list %}
{%- set known_fields = [
    'endpoint', 'deployed_model_id', 'logging_time', 'request_id', 'request_payload',
    'response_payload', 'model', 'model_version', 'api_method', 'full_request', 'full_response',
    'metadata', 'otel_log',
] %}

with lines as (
    select * from {{ source('google_vertex', 'request_logs') }}
),

documents as (
    {{ json_documents('lines', exact=['request_id']) }}
),

parsed as (
    select
        *,
        json_type(document) as json_kind,
        {{ json_unwrapped("json_extract(document, '$.full_response')") }} as written_response,
        {{ json_unwrapped("json_extract(document, '$.full_request')") }} as request,
        {{ json_list('written_response') }} as parts,
        list_filter(
            parts, lambda part: json_type(part, '$.usageMetadata') = 'OBJECT'
        )[-1] as gemini_part,
        json_extract(
            list_filter(parts, lambda part: json_type(part, '$.message.usage') = 'OBJECT')[1],
            '$.message'
        ) as claude_message,
        json_extract(
            list_filter(parts, lambda part: json_type(part, '$.usage') = 'OBJECT')[-1], '$.usage'
        ) as claude_usage,
        -- A stream is a list of parts. Gemini's repeat the usage, the last one counts; Claude's first
        -- event has the input, its last one the output.
        case
            when parts is null then written_response
            when gemini_part is not null then gemini_part
            when claude_message is not null
                then json_merge_patch(
                    claude_message, json_object('usage', coalesce(claude_usage, '{}'))
                )
            else parts[-1]
        end as response
    from documents
),

fields as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        json_kind,
        nullif(trim({{ json_text('document', '$.request_id') }}), '') as request_id,
        {{ utc_timestamp("json_extract_string(document, '$.logging_time')") }} as started_at,
        nullif(regexp_extract(
            coalesce(
                nullif({{ json_text('document', '$.model') }}, ''),
                {{ json_text('response', '$.modelVersion') }},
                {{ json_text('response', '$.model') }}
            ),
            '[^/]+$'
        ), '') as model,
        {{ json_text('document', '$.endpoint') }} as endpoint,
        nullif(regexp_extract(endpoint, 'projects/([^/]+)', 1), '') as project_id,
        json_type(response, '$.error') in ('OBJECT', 'VARCHAR') as is_error,
        json_type(response, '$.usageMetadata') = 'OBJECT' as is_gemini,
        if(
            is_gemini,
            json_extract(response, '$.usageMetadata'),
            if(
                json_type(response, '$.usage') = 'OBJECT', json_extract(response, '$.usage'), null
            )
        ) as usage_object,
        lower(coalesce(
            {{ json_text('usage_object', '$.trafficType') }},
            {{ json_text('usage_object', '$.serviceTier') }}
        )) as traffic_type,
        {{ cloud_tag_entries("json_extract(request, '$.labels')") }} as labels,
        {{ unread_fields('document', known_fields) }} as unread_notice
    from parsed
),

counted as (
    select
        * exclude (usage_object, labels),
        usage_object is not null as has_usage,
        {{ anthropic_iterations("json_extract(usage_object, '$.iterations')", 'model') }}
            as stated_iterations,
        {%- for name, path in counts.items() %}
            if(is_gemini, {{ json_text('usage_object', path) }}, null) as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {%- for name, path in claude_counts.items() %}
            if(is_gemini, null, {{ json_text('usage_object', path) }}) as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {%- for part, path in details.items() %}
            {%- for modality in modalities %}
                coalesce(cast(list_sum(list_transform(
                    list_filter(
                        {{ json_list("json_extract(usage_object, " ~ path ~ ")") }},
                        lambda d: json_extract_string(d, '$.modality') = '{{ modality | upper }}'
                    ),
                    lambda d: {{ exact_count("json_extract_string(d, '$.tokenCount')") }}
                )) as bigint), 0) as {{ part }}_{{ modality }}_count,
            {%- endfor %}
        {%- endfor %}
        {{ known_text(cloud_tag('labels', 'department')) }} as metadata_department,
        {{ known_text(cloud_tag('labels', 'feature')) }} as feature,
        {{ pseudonym(cloud_tag('labels', 'user')) }} as claimed_user,
        {{ hidden_tags('labels') }} as label_tags
    from fields
),

-- Gemini's prompt holds what the cache gave, its candidates do not hold the thoughts, and what
-- tools put in comes on top of the prompt. Claude's input holds nothing of the cache.
disjoint as (
    {{ token_reading(
        'counted',
        {
            'input': 'if(is_gemini, prompt_tokens, claude_input_tokens)',
            'output': 'coalesce(candidates_tokens, live_tokens, claude_output_tokens)',
            'cache_read': 'coalesce(cached_tokens, claude_read_tokens)',
            'cache_write': 'claude_write_tokens', 'cache_write_1h': 'claude_write_1h_tokens',
            'reasoning': 'thoughts_tokens', 'tool_input': 'tool_prompt_tokens',
            'input_audio': 'prompt_audio_count', 'input_image': 'prompt_image_count',
            'input_video': 'prompt_video_count', 'cache_read_audio': 'cached_audio_count',
            'cache_read_image': 'cached_image_count', 'cache_read_video': 'cached_video_count',
            'output_audio': 'output_audio_count', 'output_image': 'output_image_count',
            'output_video': 'output_video_count', 'total': 'total_tokens',
        },
        usual=['reasoning'],
        habit='if(is_gemini, ' ~ beside(['reasoning']) ~ ', ' ~ beside(['reads', 'writes']) ~ ')',
        is_documented=true,
    ) }}
),

totalled as (
    select
        * replace (
            cast(coalesce(
                list_sum(list_transform(
                    {{ counting_iterations('stated_iterations', 'all_tokens') }},
                    lambda i: i.tokens
                )),
                all_tokens
            ) as bigint) as all_tokens
        ),
        {{ counting_iterations('stated_iterations', 'disjoint.all_tokens') }} as iterations,
        {{ iteration_notice('stated_iterations', 'disjoint.all_tokens') }} as iteration_notice,
        {% for name in count_names -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        md5(concat_ws(
            chr(31), request_id, started_at, model,
            {%- for name in count_names %}
                coalesce({{ name }}_text, ''){{ ',' if not loop.last }}
            {%- endfor %}
        )) as fingerprint
    from disjoint
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when started_at is null then 'no readable logging time'
            when not has_usage and not coalesce(is_error, false)
                then 'an answer without usage metadata: its tokens are unknown'
            when has_unreadable_count then 'unreadable token count'
            when least({{ count_names | join(', ') }}) < 0 then 'negative token count'
            when greatest({{ count_names | join(', ') }}) >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number(
                        'cast(greatest(' ~ count_names | join(', ') ~ ') as varchar)', '10^12'
                    ) }}
            when cached_tokens > coalesce(prompt_tokens, 0)
                then 'more cached tokens than prompt tokens'
            when claude_write_1h_tokens > coalesce(claude_write_tokens, 0)
                then 'more cache writes of an hour than cache writes'
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
    {{ first_record_counts('identified', ['source_dataset']) }}
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        record_status,
        problem,
        nullif(concat_ws(
            '; ',
            unread_notice,
            if(record_status = 'accepted', reading_notice, null),
            iteration_notice
        ), '') as notice,
        if(json_kind = 'OBJECT', cast(all_tokens as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        request_id,
        started_at,
        model,
        project_id,
        if(is_error, 'failure', 'success') as status,
        case
            when regexp_matches(traffic_type, 'provisioned') then 'provisioned-throughput'
            else {{ service_tier("regexp_replace(traffic_type, '^on_demand_', '')") }}
        end as service_tier,
        {{ priced_place("'google_vertex'", 'model', 'endpoint') }} as inference_geo,
        input_tokens,
        {%- for modality in modalities %}
            input_{{ modality }}_tokens,
        {%- endfor %}
        cache_read_tokens,
        {%- for modality in modalities %}
            cache_read_{{ modality }}_tokens,
        {%- endfor %}
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        {%- for modality in modalities %}
            output_{{ modality }}_tokens,
        {%- endfor %}
        reading_certainty,
        unexplained_tokens,
        context_tokens,
        iterations,
        metadata_department,
        feature,
        claimed_user,
        {{ tags_json('label_tags') }} as tags
    from judged
)

select * from final
