{{ config(materialized='table') }}

{#- Count -> its names. The usage log writes each as a list of one number. -#}
{%- set counts = {
    'prompt_tokens': ['promptTokens'],
    'cached_tokens': ['cachedTokens'],
    'generated_tokens': ['generatedTokens', 'completionTokens'],
} %}
{%- set known_fields = {
    'entry': [
        'time', 'EnqueueTime', 'Tenant', 'resourceId', 'category', 'operationName', 'correlationId',
        'location', 'properties', 'resultSignature', 'durationMs', 'callerIpAddress', 'event',
        'tenantId', 'level', 'resultType', 'identity', 'operationVersion', 'ReleaseVersion',
    ],
    'properties': [
        'modelDeploymentName', 'modelName', 'modelVersion', 'streamType', 'promptTokens',
        'cachedTokens', 'generatedTokens', 'completionTokens', 'timeToFirstTokenMs',
        'timeToLastTokenMs', 'apiName', 'requestTime', 'responseTime', 'requestLength',
        'responseLength', 'objectId',
    ],
} %}

with usage_lines as (
    select * from {{ source('azure_openai', 'request_usage') }}
),

response_lines as (
    select * from {{ source('azure_openai', 'request_response') }}
),

lines as (
    select * from usage_lines
    union all
    select * from response_lines
),

documents as (
    {{ json_documents('lines') }}
),

-- Event hubs put several entries into one document.
entries as (
    select
        * exclude (document),
        unnest(listed) as entry,
        generate_subscripts(listed, 1) as entry_number
    from (
        select
            *,
            coalesce({{ json_list("json_extract(document, '$.records')") }}, [document]) as listed
        from documents
    )
),

unwrapped as (
    select
        * exclude (listed),
        json_type(entry) as json_kind,
        {{ json_unwrapped("json_extract(entry, '$.properties')") }} as properties
    from entries
),

fields as (
    select
        * exclude (entry, properties),
        if(
            source_dataset = 'azure_openai/request_usage',
            'AzureOpenAIRequestUsage', 'RequestResponse'
        ) as expected_category,
        {{ json_text('entry', '$.category') }} as category,
        {{ utc_timestamp(
            "coalesce(json_extract_string(entry, '$.time'), "
            ~ "json_extract_string(entry, '$.EnqueueTime'))"
        ) }} as started_at,
        nullif(trim({{ json_text('entry', '$.correlationId') }}), '') as request_id,
        {{ json_text('entry', '$.operationName') }} as operation_name,
        rtrim(lower({{ json_text('entry', '$.resourceId') }}), '/') as resource_id,
        {{ json_text('entry', '$.resultSignature') }} as result_text,
        json_type(properties) as properties_kind,
        nullif({{ json_text('properties', '$.modelDeploymentName') }}, '') as deployment,
        nullif(lower({{ json_text('properties', '$.modelName') }}), '') as model_name,
        nullif(lower({{ json_text('properties', '$.modelVersion') }}), '') as model_version,
        {%- for name, paths in counts.items() %}
            coalesce(
                {%- for path in paths %}
                    {{ json_list("json_extract(properties, '$." ~ path ~ "')") }},
                    if(
                        json_type(properties, '$.{{ path }}') not in ('ARRAY', 'NULL'),
                        [json_extract(properties, '$.{{ path }}')], null
                    ){{ ',' if not loop.last }}
                {%- endfor %}
            ) as {{ name }}_list,
        {%- endfor %}
        nullif(concat_ws(
            '; ',
            {%- for object, known in known_fields.items() %}
                {{ unread_fields(object, known) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ), '') as notice
    from unwrapped
),

counted as (
    select
        * exclude (prompt_tokens_list, cached_tokens_list, generated_tokens_list),
        {%- for name in counts %}
            cast(list_sum(list_transform(
                {{ name }}_list, lambda n: {{ exact_count("json_extract_string(n, '$')") }}
            )) as bigint) as {{ name }},
        {%- endfor %}
        {% for name in counts -%}
            coalesce(len(list_filter(
                {{ name }}_list,
                lambda n: {{ exact_count("json_extract_string(n, '$')") }} is null
                or {{ exact_count("json_extract_string(n, '$')") }} < 0
            )), 0){{ ' + ' if not loop.last }}
        {% endfor %} > 0 as has_unreadable_count,
        coalesce(len(prompt_tokens_list), 0) + coalesce(len(generated_tokens_list), 0) > 0
            as has_tokens
    from fields
),

-- Some models cost something else in another version, and two have other names elsewhere.
named as (
    select
        *,
        case
            when model_name in ('gpt-4', 'gpt-4o')
                then concat_ws('-', model_name, model_version)
            when model_name = 'gpt-35-turbo' and model_version is not null
                then 'gpt-3.5-turbo-' || model_version
            else model_name
        end as model,
        coalesce(regexp_matches(model, 'audio|realtime|transcribe|tts|image'), false)
            as is_more_than_text,
        -- Two thirds of the rows of the request log are no call of a model.
        model_name is not null
        or deployment is not null
        or coalesce(regexp_matches(
            lower(operation_name),
            '(completions?|embeddings?|responses?|images?|audio|speech|trans(cription|lation)s?)'
            || '.*create|create_(response|chat|completion|embedding|message|image)|generations'
        ), false) as is_call,
        case
            when regexp_full_match(result_text, '[1-5]\d\d') and result_text >= '400'
                then 'failure'
            when regexp_full_match(result_text, '[1-5]\d\d') then 'success'
        end as status,
        md5(concat_ws(
            chr(31), request_id, started_at, resource_id, operation_name, deployment, model_name,
            coalesce(prompt_tokens, -1), coalesce(cached_tokens, -1), coalesce(generated_tokens, -1)
        )) as fingerprint
    from counted
),

told as (
    select
        *,
        bool_or(has_tokens) over (
            partition by source_dataset, coalesce(request_id, fingerprint)
        ) as is_told_elsewhere
    from named
),

-- The prompt holds what was read from the cache.
disjoint as (
    {{ token_reading(
        'told',
        {'input': 'prompt_tokens', 'output': 'generated_tokens', 'cache_read': 'cached_tokens'},
        is_documented=true,
    ) }}
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when coalesce(category, '') != expected_category
                then
                    'unknown layout: expected category ' || expected_category || ', found '
                    || coalesce(left(category, 60), 'none')
            when started_at is null then 'no readable time'
            when properties_kind is not null and properties_kind not in ('OBJECT', 'NULL')
                then 'unreadable properties'
            when has_unreadable_count then 'unreadable token count'
            when greatest({{ counts | join(', ') }}) >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number(
                        'cast(greatest(' ~ counts | join(', ') ~ ') as varchar)', '10^12'
                    ) }}
            when cached_tokens > coalesce(prompt_tokens, 0)
                then 'more cached tokens than prompt tokens'
            when expected_category = 'AzureOpenAIRequestUsage' and not has_tokens
                then 'no token counts'
            -- The row with the tokens comes apart, and hours later; older logs have none.
            when
                not has_tokens and is_call and coalesce(status, '') != 'failure'
                and not is_told_elsewhere
                then 'a call without token counts'
        end as refusal
    from disjoint
),

-- The log has one count of text, audio and pictures, whose prices are up to 40 times apart: of a model
-- that takes more than text nobody can say what they are.
identified as (
    select
        * replace (
            {%- for name in ['input_tokens', 'cache_read_tokens', 'output_tokens'] %}
                if(is_more_than_text, 0, {{ name }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ),
        if(is_more_than_text, all_tokens, 0) as unclassified_tokens,
        {{ call_id('entry_number') }} as record_id
    from checked
),

-- A request has up to two rows, and hourly files are delivered while they still grow: one row
-- counts, the one with tokens.
judged as (
    select
        *,
        row_number() over record as copy_number,
        first_value(fingerprint) over record as first_fingerprint
    from identified
    window record as (
        partition by source_dataset, record_id, refusal is null
        order by has_tokens desc, is_call desc, delivery_rank asc, source_line asc, entry_number asc
    )
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        case
            when refusal is not null then 'quarantined'
            when copy_number = 1 then 'accepted'
            when fingerprint = first_fingerprint or not has_tokens then 'duplicate'
            else 'quarantined'
        end as record_status,
        case
            when refusal is not null then refusal
            when copy_number = 1 then null
            when fingerprint = first_fingerprint then 'the same entry was delivered before'
            when not has_tokens then 'another row of the same request counts'
            else 'id collision: other token counts under this correlation id were delivered before'
        end as problem,
        notice,
        if(
            json_kind = 'OBJECT',
            cast(all_tokens as {{ quantity_type() }}), null
        ) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        request_id,
        started_at,
        operation_name,
        is_call,
        status,
        resource_id,
        nullif(regexp_extract(resource_id, '^/subscriptions/[^/]+'), '') as subscription_id,
        deployment,
        model,
        prompt_tokens,
        input_tokens,
        unclassified_tokens,
        cache_read_tokens,
        output_tokens,
        reading_certainty
    from judged
)

select * from final
