{{ config(materialized='table') }}

{#- Count -> where it stands. The answer's body is opened for the lifetime of cache writes alone,
    which the log does not state otherwise. -#}
{%- set counts = {
    'input_count': "json_extract_string(input_json, '$.inputTokenCount')",
    'cache_read_count': "json_extract_string(input_json, '$.cacheReadInputTokenCount')",
    'cache_write_count': "json_extract_string(input_json, '$.cacheWriteInputTokenCount')",
    'output_count': "json_extract_string(output_json, '$.outputTokenCount')",
    'cache_write_1h_count': "coalesce("
        ~ "json_extract_string(output_json, '$.outputBodyJson.usage.cache_creation.ephemeral_1h_input_tokens'), "
        ~ "json_extract_string(output_json, '$.outputBodyJson[*].message.usage.cache_creation.ephemeral_1h_input_tokens')[1], "
        ~ "cast(list_sum(list_transform(list_filter(flatten(["
        ~ "json_extract(output_json, '$.outputBodyJson.usage.cacheDetails[*]'), "
        ~ "json_extract(output_json, '$.outputBodyJson[*].metadata.usage.cacheDetails[*]')]), "
        ~ "lambda d: json_extract_string(d, '$.ttl') = '1h'), "
        ~ "lambda d: try_cast(json_extract_string(d, '$.inputTokens') as bigint))) as varchar))",
} %}
{%- set known_fields = {
    'document': [
        'schemaType', 'schemaVersion', 'timestamp', 'accountId', 'region', 'requestId', 'operation',
        'modelId', 'identity', 'inferenceRegion', 'requestMetadata', 'input', 'output', 'status',
        'errorCode', 'performanceConfig',
    ],
    'input_json': [
        'inputContentType', 'inputBodyJson', 'inputBodyS3Path', 'inputTokenCount',
        'cacheReadInputTokenCount', 'cacheWriteInputTokenCount',
    ],
    'output_json': [
        'outputContentType', 'outputBodyJson', 'outputBodyS3Path', 'outputTokenCount',
    ],
} %}

with lines as (
    select * from {{ source('aws_bedrock', 'invocation_logs') }}
    where trim(line) != ''
),

-- CloudWatch puts the time before each line of an export.
texts as (
    select
        * exclude (line),
        if(
            regexp_matches(line, '^20\d\d-\d\d-\d\dT\S+ [{]'), substr(line, instr(line, '{')), line
        ) as text_line
    from lines
),

parsed as (
    select
        * exclude (text_line),
        if(json_valid(text_line), cast(text_line as json), null) as document,
        json_type(document) as json_kind,
        json_extract(document, '$.input') as input_json,
        json_extract(document, '$.output') as output_json
    from texts
),

fields as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        json_kind,
        {{ json_text('document', '$.schemaType') }} as schema_type,
        nullif(trim({{ json_text('document', '$.accountId') }}), '') as calling_account_id,
        nullif({{ json_text('document', '$.region') }}, '') as region,
        nullif({{ json_text('document', '$.inferenceRegion') }}, '') as inference_region,
        nullif(trim({{ json_text('document', '$.requestId') }}), '') as request_id,
        {{ json_text('document', '$.operation') }} as operation_name,
        nullif({{ json_text('document', '$.modelId') }}, '') as stated_model,
        {{ utc_timestamp("json_extract_string(document, '$.timestamp')") }} as started_at,
        nullif({{ json_text('document', '$.errorCode') }}, '') as error_code,
        lower({{ json_text('document', '$.status') }}) as stated_status,
        lower({{ json_text('document', '$.performanceConfig.latency') }}) = 'optimized'
            as is_latency_optimized,
        {%- for name, path in counts.items() %}
            {{ path }} as {{ name }}_text,
        {%- endfor %}
        {{ anthropic_iterations(
            "json_extract(output_json, '$.outputBodyJson.usage.iterations')",
            "cast(null as varchar)"
        ) }} as stated_iterations,
        {{ aws_principal("json_extract_string(document, '$.identity.arn')") }} as caller,
        {{ cloud_tag_entries("json_extract(document, '$.requestMetadata')") }} as metadata,
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
        * exclude (caller, metadata),
        {{ pseudonym('caller') }} as user_id,
        {{ known_text(cloud_tag('metadata', 'department')) }} as metadata_department,
        {{ known_text(cloud_tag('metadata', 'feature')) }} as feature,
        {{ pseudonym(cloud_tag('metadata', 'user')) }} as claimed_user,
        {{ hidden_tags('metadata') }} as metadata_tags,
        {%- for name in counts %}
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {% for name in counts -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        -- An ARN holds the model's or the profile's name behind its kind; a profile or capacity of
        -- the company's own does not tell its model.
        regexp_replace(
            stated_model, '^arn:[^/]*:(foundation-model|inference-profile)/', ''
        ) as model_name,
        regexp_replace(model_name, '^arn:[^/]*:', '') as model,
        coalesce(starts_with(model, 'provisioned-model/'), false) as is_provisioned,
        md5(concat_ws(
            chr(31), calling_account_id, region, stated_model, started_at, operation_name,
            {%- for name in counts %}
                coalesce({{ name }}_text, ''){{ ',' if not loop.last }}
            {%- endfor %}
        )) as fingerprint
    from fields
),

-- The input that Bedrock counts holds neither what was read from the cache nor what was written.
disjoint as (
    {{ token_reading(
        'counted',
        {
            'input': 'input_count', 'output': 'output_count', 'cache_read': 'cache_read_count',
            'cache_write': 'cache_write_count', 'cache_write_1h': 'cache_write_1h_count',
        },
        usual=['reads', 'writes'],
        is_documented=true,
    ) }}
),

-- Of a message in several iterations the counts of the whole leave some out.
iterated as (
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
        {{ iteration_notice('stated_iterations', 'disjoint.all_tokens') }} as iteration_notice
    from disjoint
),

checked as (
    select
        *,
        case
            when json_kind is null then 'malformed JSON'
            when json_kind != 'OBJECT' then 'not a JSON object'
            when coalesce(schema_type, '') != 'ModelInvocationLog'
                then
                    'unknown layout: expected schemaType ModelInvocationLog, found '
                    || coalesce(left(schema_type, 60), 'none')
            when started_at is null then 'no readable timestamp'
            when has_unreadable_count then 'unreadable token count'
            when least({{ counts | join(', ') }}) < 0 then 'negative token count'
            when greatest({{ counts | join(', ') }}) >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number(
                        'cast(greatest(' ~ counts | join(', ') ~ ') as varchar)', '10^12'
                    ) }}
            when cache_write_1h_count > coalesce(cache_write_count, 0)
                then 'more cache writes of an hour than cache writes'
        end as refusal
    from iterated
),

identified as (
    select
        *,
        {{ call_id() }} as record_id
    from checked
),

-- Delivery is at least once, and a request id is unique in AWS, whatever folder it lies in.
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
        nullif(concat_ws('; ', notice, iteration_notice), '') as notice,
        if(
            json_kind = 'OBJECT',
            cast(all_tokens as {{ quantity_type() }}),
            null
        ) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        calling_account_id,
        region,
        inference_region,
        request_id,
        operation_name,
        started_at,
        model,
        is_provisioned,
        nullif(regexp_extract(model, '^(us-gov|us|eu|apac|jp|au|ca|in)[.]', 1), '') as cross_region,
        if(is_latency_optimized, 'latency-optimized', 'standard') as service_tier,
        if(
            error_code is not null or stated_status in ('failed', 'failure', 'error'),
            'failure', 'success'
        ) as status,
        error_code,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        reading_certainty,
        iterations,
        context_tokens,
        user_id,
        metadata_department,
        feature,
        claimed_user,
        {{ tags_json('metadata_tags') }} as tags
    from judged
)

select * from final
