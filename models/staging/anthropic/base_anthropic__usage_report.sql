{{ config(materialized='table') }}

{%- set token_paths = {
    'uncached_input_tokens': '$.uncached_input_tokens',
    'cache_read_input_tokens': '$.cache_read_input_tokens',
    'ephemeral_5m_input_tokens': '$.cache_creation.ephemeral_5m_input_tokens',
    'ephemeral_1h_input_tokens': '$.cache_creation.ephemeral_1h_input_tokens',
    'output_tokens': '$.output_tokens',
} %}
{%- set paths = dict(token_paths, web_search_requests='$.server_tool_use.web_search_requests') %}

with lines as (
    select * from {{ source('anthropic', 'usage_report') }}
),

documents as (
    {{ json_documents('lines') }}
),

-- A page of the analytics API tells when it was refreshed. It covers other products too.
results as (
    {{ api_bucket_results(
        'documents',
        expected='a page of the messages usage report (results with uncached_input_tokens)',
        is_expected="json_exists(r, '$.uncached_input_tokens')"
        ~ " and not json_exists(page, '$.data_refreshed_at')",
        start_time=moment("json_extract_string(bucket, '$.starting_at')"),
        end_time=moment("json_extract_string(bucket, '$.ending_at')"),
        is_readable=exact_count("json_extract_string(r, '$.uncached_input_tokens')")
        ~ " is not null and " ~ exact_count("json_extract_string(r, '$.output_tokens')")
        ~ " is not null",
        unnamed='default',
        parts=[
            "json_extract_string(r, '$.workspace_id')", "json_extract_string(r, '$.model')",
            "json_extract_string(r, '$.api_key_id')",
        ],
    ) }}
),

entries as (
    select
        *,
        json_type(result) as json_kind,
        nullif(concat_ws(
            '; ',
            {{ unread_fields('result', [
                'uncached_input_tokens', 'cache_creation', 'cache_read_input_tokens',
                'output_tokens', 'server_tool_use', 'account_id', 'service_account_id',
                'api_key_id', 'workspace_id', 'model', 'context_window', 'service_tier',
                'inference_geo', 'speed', 'organization_id',
            ]) }},
            delivery_notice
        ), '') as notice,
        case
            when json_type(result) = 'OBJECT'
                then
                    from_json(result, '{
                        "api_key_id": "VARCHAR", "workspace_id": "VARCHAR",
                        "account_id": "VARCHAR", "service_account_id": "VARCHAR",
                        "model": "VARCHAR", "context_window": "VARCHAR",
                        "service_tier": "VARCHAR", "inference_geo": "VARCHAR", "speed": "VARCHAR"
                    }')
        end as entry
    from results
),

texts as (
    select
        * exclude (result, delivery_notice),
        {%- for count, path in paths.items() %}
            {{ json_text('result', path) }} as {{ count }}_text,
        {%- endfor %}
        json_exists(result, '$.workspace_id') as has_workspace
    from entries
),

-- Unlike elsewhere, cache reads and writes are outside the input.
counted as (
    select
        *,
        {%- for count in paths %}
            {{ exact_count(count ~ '_text') }} as {{ count }},
        {%- endfor %}
        {% for count in paths -%}
            {{ unreadable(count ~ '_text', count) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        least({{ paths | join(', ') }}) < 0 as has_negative_count,
        try_cast(
            uncached_input_tokens + cache_read_input_tokens
            + ephemeral_5m_input_tokens + ephemeral_1h_input_tokens
            + output_tokens as {{ quantity_type() }}
        ) as tokens
    from texts
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when has_unreadable_count then 'unreadable count'
            when has_negative_count then 'negative count'
            {%- for count in token_paths %}
                when {{ count }} is null then 'no {{ count }}'
            {%- endfor %}
            when tokens is null then 'more tokens than a quantity can hold'
        end as refusal
    from counted
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        case
            when layout_problem is not null then 'quarantined'
            when superseded_by is not null then 'superseded'
            when refusal is not null then 'quarantined'
            else 'accepted'
        end as record_status,
        if(layout_problem is null, coalesce(superseded_by, refusal), layout_problem) as problem,
        notice,
        tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        {{ anthropic_workspace_id('entry.workspace_id', 'has_workspace') }} as workspace_id,
        {{ anthropic_workspace_name('entry.workspace_id', 'has_workspace') }} as workspace_name,
        nullif(entry.api_key_id, '') as api_key_id,
        {{ pseudonym(
            "coalesce(nullif(entry.account_id, ''), entry.service_account_id)"
        ) }} as user_id,
        nullif(entry.model, '') as model,
        {{ anthropic_context_floor('entry.context_window') }} as context_tokens,
        if(
            lower(entry.speed) = 'fast', 'fast', {{ service_tier('entry.service_tier') }}
        ) as service_tier,
        {{ anthropic_geo('entry.inference_geo') }} as inference_geo,
        started_at,
        ended_at,
        uncached_input_tokens,
        cache_read_input_tokens,
        ephemeral_5m_input_tokens as cache_write_5m_tokens,
        ephemeral_1h_input_tokens as cache_write_1h_tokens,
        output_tokens,
        web_search_requests
    from checked
)

select * from final
