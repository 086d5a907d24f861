{{ config(materialized='table') }}

{#- Count -> where it stands. The answer's body is opened for the lifetime of cache writes alone,
    which the log does not state otherwise. -#}
{%- set counts = {
    'input_tokens': "json_extract_string(entry.input, '$.inputTokenCount')",
    'cache_read_tokens': "json_extract_string(entry.input, '$.cacheReadInputTokenCount')",
    'cache_write_tokens': "json_extract_string(entry.input, '$.cacheWriteInputTokenCount')",
    'output_tokens': "json_extract_string(entry.output, '$.outputTokenCount')",
    'cache_write_1h_tokens': "coalesce("
        ~ "json_extract_string(entry.output, '$.outputBodyJson.usage.cache_creation.ephemeral_1h_input_tokens'), "
        ~ "json_extract_string(entry.output, '$.outputBodyJson[*].message.usage.cache_creation.ephemeral_1h_input_tokens')[1])",
} %}
{%- set known_fields = {
    'entry_json': [
        'schemaType', 'schemaVersion', 'timestamp', 'accountId', 'region', 'requestId', 'operation',
        'modelId', 'identity', 'inferenceRegion', 'requestMetadata', 'input', 'output', 'status',
        'errorCode', 'performanceConfig',
    ],
    'entry.input': [
        'inputContentType', 'inputBodyJson', 'inputBodyS3Path', 'inputTokenCount',
        'cacheReadInputTokenCount', 'cacheWriteInputTokenCount',
    ],
    'entry.output': [
        'outputContentType', 'outputBodyJson', 'outputBodyS3Path', 'outputTokenCount',
    ],
} %}

with lines as (
    select * from {{ source('aws_bedrock', 'invocation_logs') }}
    where trim(line) != ''
),

-- CloudWatch puts the time before each line of an export.
unprefixed as (
    select
        * exclude (line),
        if(
            regexp_matches(line, '^20\d\d-\d\d-\d\dT\S+ [{]'), substr(line, instr(line, '{')), line
        ) as line
    from lines
),

parsed as (
    select
        * exclude (line),
        if(json_valid(line), json_type(line), null) as json_kind,
        if(json_valid(line), cast(line as json), null) as entry_json,
        case
            when json_kind = 'OBJECT'
                then
                    from_json(line, '{
                        "schemaType": "VARCHAR", "timestamp": "VARCHAR", "accountId": "VARCHAR",
                        "region": "VARCHAR", "requestId": "VARCHAR", "operation": "VARCHAR",
                        "modelId": "VARCHAR", "identity": "JSON", "inferenceRegion": "VARCHAR",
                        "requestMetadata": "JSON", "input": "JSON", "output": "JSON",
                        "status": "VARCHAR", "errorCode": "VARCHAR", "performanceConfig": "JSON"
                    }')
        end as entry
    from unprefixed
),

fields as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        json_kind,
        entry.schemaType as schema_type,
        nullif(trim(entry.accountId), '') as calling_account_id,
        nullif(entry.region, '') as region,
        nullif(entry.inferenceRegion, '') as inference_region,
        nullif(trim(entry.requestId), '') as request_id,
        entry.operation,
        nullif(entry.modelId, '') as stated_model,
        {{ utc_timestamp('entry.timestamp') }} as started_at,
        nullif(entry.errorCode, '') as error_code,
        lower(entry.status) as stated_status,
        lower({{ json_text('entry.performanceConfig', '$.latency') }}) = 'optimized'
            as is_latency_optimized,
        {%- for name, path in counts.items() %}
            {{ path }} as {{ name }}_text,
        {%- endfor %}
        {{ aws_principal("json_extract_string(entry.identity, '$.arn')") }} as user_id,
        {{ known_text(cloud_tag('entry.requestMetadata', 'department')) }} as metadata_department,
        {{ known_text(cloud_tag('entry.requestMetadata', 'feature')) }} as feature,
        {{ pseudonym(cloud_tag('entry.requestMetadata', 'user')) }} as claimed_user,
        {{ cloud_tags('entry.requestMetadata') }} as tags,
        nullif(concat_ws(
            '; ',
            {%- for object, known in known_fields.items() %}
                {{ unread_fields(object, known) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ), '') as notice
    from parsed
),

counted as (
    select
        *,
        {%- for name in counts %}
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {% for name in counts -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0)
        + coalesce(cache_write_tokens, 0) as context_tokens,
        -- An ARN holds the model's or the profile's name behind its kind; a profile or capacity of
        -- the company's own does not tell its model.
        regexp_replace(
            stated_model, '^arn:[^/]*:(foundation-model|inference-profile)/', ''
        ) as model_name,
        regexp_replace(model_name, '^arn:[^/]*:', '') as model,
        coalesce(starts_with(model, 'provisioned-model/'), false) as is_provisioned,
        md5(concat_ws(
            chr(31), calling_account_id, region, stated_model, started_at, operation,
            {%- for name in counts %}
                coalesce({{ name }}_text, ''){{ ',' if not loop.last }}
            {%- endfor %}
        )) as fingerprint
    from fields
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when schema_type is distinct from 'ModelInvocationLog'
                then
                    'unknown layout: expected schemaType ModelInvocationLog, found '
                    || coalesce(left(schema_type, 60), 'none')
            when started_at is null then 'no readable timestamp'
            when has_unreadable_count then 'unreadable token count'
            when least({{ counts | join(', ') }}) < 0 then 'negative token count'
            when greatest({{ counts | join(', ') }}) >= 1000000000000
                then 'token count out of range'
            when cache_write_1h_tokens > coalesce(cache_write_tokens, 0)
                then 'more cache writes of an hour than cache writes'
        end as refusal
    from counted
),

identified as (
    select
        *,
        coalesce(
            request_id,
            fingerprint || '#' || row_number() over (
                partition by source_file, fingerprint order by source_line
            ),
            source_file || ':' || source_line
        ) as record_id
    from checked
),

-- Delivery is at least once, and a request id is unique in AWS, whatever folder it lies in.
judged as (
    select
        *,
        row_number() over record as copy_number,
        first_value(fingerprint) over record as first_fingerprint
    from identified
    window record as (
        partition by source_dataset, record_id, refusal is null order by delivery_rank, source_line
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
            when fingerprint = first_fingerprint then 'duplicate'
            else 'quarantined'
        end as record_status,
        case
            when refusal is not null then refusal
            when copy_number = 1 then null
            when fingerprint = first_fingerprint then 'the same call was delivered before'
            else 'id collision: another call with this request id was delivered before'
        end as problem,
        notice,
        if(
            json_kind = 'OBJECT',
            cast(context_tokens + coalesce(output_tokens, 0) as {{ quantity_type() }}),
            null
        ) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        calling_account_id,
        region,
        inference_region,
        request_id,
        operation,
        started_at,
        model,
        is_provisioned,
        nullif(regexp_extract(model, '^(us-gov|us|eu|apac|jp|au|ca|in)[.]', 1), '') as geography,
        if(is_latency_optimized, 'latency-optimized', 'standard') as service_tier,
        if(error_code is not null or stated_status in ('failed', 'failure', 'error'),
            'failure', 'success') as status,
        error_code,
        input_tokens,
        cache_read_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        output_tokens,
        context_tokens,
        user_id,
        metadata_department,
        feature,
        claimed_user,
        tags
    from judged
)

select * from final
