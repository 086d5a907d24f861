{{ config(materialized='table') }}

{%- set counts = {
    'input': ['req_units', 'request_tokens', 'prompt_tokens'],
    'output': ['res_units', 'response_tokens', 'completion_tokens'],
    'total': ['total_units', 'total_tokens'],
} %}
{%- set texts = [
    'id', 'trace_id', 'created_at', 'ai_org', 'ai_provider', 'ai_model', 'cost', 'cost_currency',
    'response_time', 'response_status_code', 'is_success', 'cache_status', 'virtual_key',
    'workspace_slug', 'req_units', 'request_tokens', 'prompt_tokens', 'res_units',
    'response_tokens', 'completion_tokens', 'total_units', 'total_tokens',
] %}
{%- set objects = ['metadata', 'metadata.key', 'metadata.value'] %}
{#- Known and left out: content and routing. -#}
{%- set left_out = [
    'request_url', 'request', 'response', 'config', 'prompt_slug', 'cache_type', 'stream_mode', 'retry_success_count', 'mode', 'organisation_id', 'workspace_id',
    'request_method', 'request_headers', 'response_headers', 'feedback', 'span_id', 'span_name',
    'parent_span_id', 'prompt_id', 'time_of_generation', 'time_to_first_token',
    'additional_data', 'ai_org_auth_hash', 'hook_results', 'guardrails',
] %}

with lines as (
    select * from {{ source('portkey', 'logs') }}
),

records as (
    {{ log_records(
        'lines',
        {'logs': {'needed': ['id', 'created_at', 'cost']}},
        texts, objects, left_out,
    ) }}
),

parsed as (
    select
        * exclude (entry),
        nullif(trim(entry.id), '') as request_id,
        coalesce(
            request_id, source_file || ':' || source_line || '.' || item_number
        ) as record_id,
        nullif(trim(entry.trace_id), '') as session_id,
        {{ moment('entry.created_at') }} as started_at,
        {{ exact_count('entry.response_time') }} as milliseconds,
        if(
            milliseconds between 0 and 86400000,
            started_at + to_milliseconds(milliseconds), started_at
        ) as ended_at,
        nullif(trim(coalesce(entry.ai_org, entry.ai_provider)), '') as named_provider,
        nullif(trim(entry.ai_model), '') as sent_model,
        {%- for name, fields in counts.items() %}
            coalesce(
                {%- for field in fields %}
                    nullif(trim(entry.{{ field }}), ''){{ ',' if not loop.last }}
                {%- endfor %}
            ) as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }}_count,
        {%- endfor %}
        nullif(trim(entry.cost), '') as cost_text,
        -- Cents, whatever the currency is.
        {{ exact_product(exact_amount('cost_text'), '0.01', amount_type(), bounded=true) }}
            as spend,
        upper(coalesce(nullif(trim(entry.cost_currency), ''), 'USD')) as cost_currency,
        upper(trim(entry.cache_status)) in ('HIT', 'SEMANTIC HIT') as is_hit,
        coalesce(is_hit, false) as is_cache_hit,
        case
            when
                try_cast(entry.response_status_code as integer) >= 400
                or lower(entry.is_success) in ('false', '0')
                then 'failure'
            else 'success'
        end as status,
        {{ hide_email('entry.virtual_key') }} as credential_name,
        nullif(trim(entry.workspace_slug), '') as team_id,
        {{ exact_json('entry.metadata') }} as metadata,
        -- Older exports write the metadata as two lists.
        coalesce(
            try_cast(entry."metadata.key" as varchar[]),
            try_cast(json_extract(metadata, '$.key') as varchar[])
        ) as metadata_keys,
        coalesce(
            try_cast(entry."metadata.value" as varchar[]),
            try_cast(json_extract(metadata, '$.value') as varchar[])
        ) as metadata_values,
        if(
            metadata_keys is not null,
            list_transform(
                list_zip(metadata_keys, coalesce(metadata_values, [])),
                lambda pair: pair[1] || ':' || coalesce(pair[2], '')
            ),
            {{ json_entries_as_tags('metadata') }}
        ) as caller_tags
    from records
),

-- The log has no other counts: cached tokens and reasoning can only be missed in the total.
disjoint as (
    {{ token_reading(
        'parsed',
        {'input': 'input_count', 'output': 'output_count', 'total': 'total_count'},
        is_documented=true,
    ) }}
),

checked as (
    select
        *,
        -- 0 says nothing: the price is unknown, the answer was cached, or the call failed.
        not is_cache_hit and coalesce(spend, 0) > 0 as states_cost,
        not is_cache_hit and (status = 'success' or states_cost) as is_billable,
        coalesce(named_provider, {{ provider_of_model('sent_model') }}, '') as served_by,
        case
            when problem is not null then problem
            when request_id is null then 'no log id'
            when started_at is null then 'no readable time'
            when
                {{ unreadable('input_text', 'input_count') }}
                or {{ unreadable('output_text', 'output_count') }}
                or {{ unreadable('total_text', 'total_count') }}
                then 'unreadable token count'
            when least(input_count, output_count, total_count) < 0 then 'negative token count'
            when {{ unreadable('cost_text', 'spend') }}
                then 'unreadable cost' || {{ refused_number('cost_text') }}
            when spend < 0 then 'negative cost'
            when not {{ is_currency_code('cost_currency') }} then 'unknown currency'
        end as refusal
    from disjoint
),

-- Jobs are cut by time, and their bounds may overlap.
judged as (
    {{ newest_record_counts(
        'checked', ['record_id'],
        ['delivery_rank desc', 'source_line desc', 'item_number desc'],
    ) }}
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
            '; ', notice, if(record_status = 'accepted', reading_notice, null),
            {{ unknown_provider_notice('served_by', 'sent_model') }}
        ), '') as notice,
        account_folder,
        request_id,
        session_id,
        credential_name,
        team_id,
        {{ service_of('served_by', 'sent_model') }} as service,
        {{ model_without_provider('sent_model', 'lower(served_by)') }} as model,
        started_at,
        ended_at,
        status,
        is_cache_hit,
        is_billable,
        1 as request_count,
        {{ pseudonym(tag_value('caller_tags', '_user')) }} as user_id,
        {{ known_text(tag_value('caller_tags', 'department')) }} as metadata_department,
        {{ known_text(tag_value('caller_tags', 'feature')) }} as feature,
        list_filter(caller_tags, lambda t: not starts_with(t, '_')) as labels,
        {{ tag_entries('labels') }} as label_entries,
        {{ tags_json('label_entries') }} as tags,
        input_tokens,
        output_tokens,
        reading_certainty,
        unexplained_tokens,
        nullif(input_tokens, 0) as context_tokens,
        if(request_id is null, null, cast(all_tokens as {{ quantity_type() }})) as tokens,
        if(states_cost, spend, null) as amount,
        if(states_cost, cost_currency, null) as currency
    from judged
)

select * exclude (labels, label_entries) from final
