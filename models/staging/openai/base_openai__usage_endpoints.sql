{{ config(materialized='table') }}

{#- Endpoint -> the names its results have had, what they measure and the meter of that, and whether
    num_model_requests counts calls of their own. Searches happen inside calls that the completions
    usage counts. -#}
{%- set endpoints = {
    'embeddings': {
        'objects': ['embeddings'], 'measure': 'input_tokens', 'meter': 'input_tokens',
    },
    'moderations': {
        'objects': ['moderations'], 'measure': 'input_tokens', 'meter': 'input_tokens',
    },
    'images': {'objects': ['images'], 'measure': 'images', 'meter': 'images'},
    'audio_speeches': {
        'objects': ['audio_speeches'], 'measure': 'characters', 'meter': 'input_characters',
    },
    'audio_transcriptions': {
        'objects': ['audio_transcriptions'], 'measure': 'seconds', 'meter': 'audio_seconds',
    },
    'vector_stores': {
        'objects': ['vector_stores'], 'measure': 'usage_bytes', 'meter': 'storage_bytes',
    },
    'code_interpreter_sessions': {
        'objects': ['code_interpreter_sessions'], 'measure': 'num_sessions',
        'meter': 'code_interpreter_sessions',
    },
    'file_search_calls': {
        'objects': ['file_searches', 'file_search_calls'], 'measure': 'num_requests',
        'meter': 'file_searches',
    },
    'web_search_calls': {
        'objects': ['web_searches', 'web_search_calls'], 'measure': 'num_requests',
        'meter': 'web_searches',
    },
} %}
{%- set measures = [
    'input_tokens', 'images', 'characters', 'seconds', 'usage_bytes', 'num_sessions',
    'num_requests',
] %}
{%- set texts = openai_owners() + [
    'model', 'size', 'source', 'vector_store_id', 'context_level',
] %}

with lines as (
    {%- for endpoint in endpoints %}
        select * from {{ source('openai', 'usage_' ~ endpoint) }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

documents as (
    {{ json_documents('lines') }}
),

expected as (
    select
        *,
        case source_dataset
            {%- for endpoint, facts in endpoints.items() %}
                when 'openai/usage_{{ endpoint }}'
                    then
                        [
                            {%- for object in facts.objects -%}
                                'organization.usage.{{ object }}.result'
                                {{- ', ' if not loop.last }}
                            {%- endfor -%}
                        ]
            {%- endfor %}
        end as object_names
    from documents
),

results as (
    {{ api_bucket_results(
        'expected',
        expected="a page of ' || object_names[1] || '",
        is_expected="list_contains(object_names, json_extract_string(r, '$.object'))",
        start_time=moment("json_extract_string(bucket, '$.start_time')"),
        end_time=moment("json_extract_string(bucket, '$.end_time')"),
        is_readable="list_has_any(json_keys(r), " ~ measures ~ ")",
        parts=[
            "json_extract_string(r, '$.project_id')", "json_extract_string(r, '$.model')",
            "json_extract_string(r, '$.api_key_id')",
        ],
    ) }}
),

parsed as (
    select
        * exclude (result, delivery_notice),
        json_type(result) as json_kind,
        case
            when json_type(result) = 'OBJECT'
                then
                    from_json(result, '{
                        {% for name in measures + texts %}"{{ name }}": "VARCHAR", {% endfor %}
                        "object": "VARCHAR", "num_model_requests": "VARCHAR"
                    }')
        end as entry,
        nullif(concat_ws(
            '; ',
            {{ unread_fields(
                'result', ['object', 'num_model_requests', 'organization_name'] + measures + texts
            ) }},
            delivery_notice
        ), '') as notice
    from results
),

-- Each endpoint has one measure.
measured as (
    select
        * exclude (account_id),
        coalesce(nullif(entry.organization_id, ''), account_id) as account_id,
        case source_dataset
            {%- for endpoint, facts in endpoints.items() %}
                when 'openai/usage_{{ endpoint }}' then '{{ facts.meter }}'
            {%- endfor %}
        end as meter,
        case source_dataset
            {%- for endpoint, facts in endpoints.items() %}
                when 'openai/usage_{{ endpoint }}' then '{{ facts.measure }}'
            {%- endfor %}
        end as measure,
        case source_dataset
            {%- for endpoint, facts in endpoints.items() %}
                when 'openai/usage_{{ endpoint }}' then entry.{{ facts.measure }}
            {%- endfor %}
        end as quantity_text,
        case source_dataset
            {%- for endpoint, facts in endpoints.items() %}
                when 'openai/usage_{{ endpoint }}'
                    then
                        [
                            {%- for object in facts.objects -%}
                                'organization.usage.{{ object }}.result'
                                {{- ', ' if not loop.last }}
                            {%- endfor -%}
                        ]
            {%- endfor %}
        end as object_names,
        {{ exact_count('quantity_text') }} as quantity,
        {{ exact_count('entry.num_model_requests') }} as num_model_requests
    from parsed
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when not coalesce(list_contains(object_names, entry.object), false)
                then 'unknown object ' || coalesce(left(entry.object, 80), '(none)')
            when
                {{ unreadable('quantity_text', 'quantity') }}
                or {{ unreadable('entry.num_model_requests', 'num_model_requests') }}
                then 'unreadable count'
            when quantity is null then 'no ' || measure
            when least(quantity, num_model_requests) < 0 then 'negative count'
        end as refusal
    from measured
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        {{ openai_verdict() }},
        notice,
        cast(if(ends_with(meter, '_tokens'), quantity, 0) as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        {{ openai_owner_columns() }},
        nullif(entry.model, '') as model,
        nullif(entry.size, '') as image_size,
        nullif(entry.source, '') as image_source,
        nullif(entry.vector_store_id, '') as vector_store_id,
        nullif(entry.context_level, '') as context_level,
        started_at,
        ended_at,
        meter,
        quantity,
        num_model_requests
    from checked
)

select * from final
