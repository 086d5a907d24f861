{{ config(materialized='table') }}

{%- set names = openai_usage_counts() + openai_owners() %}
{%- set known = names + ['object', 'model', 'batch', 'service_tier', 'organization_name'] %}

with lines as (
    select * from {{ source('openai', 'usage_completions') }}
),

documents as (
    {{ json_documents('lines') }}
),

results as (
    {{ api_bucket_results(
        'documents',
        expected='a page of organization.usage.completions.result',
        is_expected="json_extract_string(r, '$.object') = 'organization.usage.completions.result'",
        start_time=moment("json_extract_string(bucket, '$.start_time')"),
        end_time=moment("json_extract_string(bucket, '$.end_time')"),
        is_readable=exact_count("json_extract_string(r, '$.input_tokens')") ~ " is not null and "
        ~ exact_count("json_extract_string(r, '$.output_tokens')") ~ " is not null",
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
                        {% for name in names %}"{{ name }}": "VARCHAR", {% endfor %}
                        "object": "VARCHAR", "model": "VARCHAR", "batch": "VARCHAR",
                        "service_tier": "VARCHAR"
                    }')
        end as entry,
        nullif(
            concat_ws('; ', {{ unread_fields('result', known) }}, delivery_notice), ''
        ) as notice
    from results
),

entries as (
    select
        *,
        case
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when coalesce(entry.object, '') != 'organization.usage.completions.result'
                then 'unknown object ' || coalesce(left(entry.object, 80), '(none)')
        end as entry_problem
    from parsed
),

records as (
    {{ openai_usage_records('entries') }}
)

select * from records
