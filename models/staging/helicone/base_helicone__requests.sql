{{ config(materialized='table') }}

{%- set counts = [
    'prompt_tokens', 'prompt_cache_read_tokens', 'prompt_cache_write_tokens',
    'prompt_cache_write_5m', 'prompt_cache_write_1h', 'prompt_audio_tokens', 'completion_tokens',
    'completion_audio_tokens',
] %}
{%- set texts = [
    'request_id', 'request_created_at', 'response_created_at', 'response_status', 'status', 'model',
    'model_override', 'response_model', 'request_model', 'provider', 'target_url', 'helicone_user',
    'request_user_id', 'user_id', 'proxy_key_id', 'cache_reference_id', 'costUSD',
    'cost', 'updated_at',
] + counts %}
{%- set objects = ['request_properties', 'properties'] %}
{#- Known and left out: content, timing, scores, and the total, which has meant several things. -#}
{%- set left_out = [
    'response_id', 'response_body', 'request_body', 'request_path', 'delay_ms', 'latency',
    'time_to_first_token', 'total_tokens', 'cache_enabled', 'country_code', 'scores', 'prompt_id',
    'prompt_version', 'organization_id', 'threat', 'assets', 'asset_ids', 'asset_urls', 'llmSchema',
    'request_feedback', 'response_feedback', 'feedback_rating', 'feedback_created_at',
    'feedback_id', 'signed_body_url', 'node_id', 'auth_hash', 'cache_count', 'is_cached',
    'reasoning_tokens', 'size_bytes', 'request_ip', 'job_id',
] %}

with lines as (
    select * from {{ source('helicone', 'requests') }}
),

records as (
    {{ log_records(
        'lines',
        {'requests': {'needed': ['request_id', 'request_created_at']}},
        texts, objects, left_out,
    ) }}
),

read as (
    select
        * exclude (entry),
        {%- for name in texts + objects if name != 'status' %}
            entry.{{ name }},
        {%- endfor %}
        coalesce(entry.response_status, entry.status) as http_status_text,
        coalesce(
            nullif(trim(entry.request_id), ''),
            source_file || ':' || source_line || '.' || item_number
        ) as record_id
    from records
),

-- The API states dollars, the warehouse whole numbers of 10^-9 dollars.
parsed as (
    select
        *,
        {%- for name in counts %}
            {{ exact_count(name) }} as {{ name }}_count,
        {%- endfor %}
        {% for name in counts -%}
            {{ unreadable(name, name ~ '_count') }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        {{ moment('request_created_at') }} as started_at,
        greatest({{ moment('response_created_at') }}, started_at) as ended_at,
        {{ moment('updated_at') }} as changed_at,
        nullif(trim(costusd), '') as dollars,
        {{ exact_amount('dollars') }} as dollar_amount,
        nullif(trim(cost), '') as billionths,
        {{ exact_product(exact_count('billionths'), '0.000000001', amount_type(), true) }}
            as billionth_amount,
        coalesce(dollar_amount, billionth_amount) as spend,
        nullif(trim(http_status_text), '') as http_status,
        coalesce(
            nullif(trim(model), ''), nullif(trim(model_override), ''),
            nullif(trim(response_model), ''), nullif(trim(request_model), '')
        ) as sent_model,
        coalesce({{ exact_json('request_properties') }}, {{ exact_json('properties') }})
            as caller_properties,
        {{ json_entries_as_tags('caller_properties') }} as caller_tags
    from read
),

totalled as (
    select
        *,
        -- Helicone's own cache answered; the vendor's prompt cache is something else.
        regexp_matches(coalesce(cache_reference_id, ''), '[1-9a-fA-F]') as is_cache_hit,
        coalesce(prompt_tokens_count, 0) as input_tokens,
        coalesce(prompt_cache_read_tokens_count, 0) as cache_read_tokens,
        coalesce(prompt_cache_write_1h_count, 0) as cache_write_1h_tokens,
        greatest(
            coalesce(prompt_cache_write_tokens_count, 0),
            coalesce(prompt_cache_write_5m_count, 0) + cache_write_1h_tokens
        ) - cache_write_1h_tokens as cache_write_5m_tokens,
        coalesce(prompt_audio_tokens_count, 0) as input_audio_tokens,
        coalesce(completion_tokens_count, 0) as output_tokens,
        coalesce(completion_audio_tokens_count, 0) as output_audio_tokens,
        input_tokens + cache_read_tokens + cache_write_1h_tokens + cache_write_5m_tokens
        + input_audio_tokens as context_tokens,
        context_tokens + output_tokens + output_audio_tokens as all_tokens,
        case
            when {{ exact_count('http_status') }} between 200 and 299 then 'success'
            when http_status is null and all_tokens > 0 then 'success'
            when http_status is null then 'pending'
            else 'failure'
        end as status,
        not is_cache_hit and (status = 'success' or coalesce(spend, 0) > 0) as is_billable,
        not is_cache_hit and coalesce(spend, 0) > 0 as states_cost,
        {{ provider_of_model('sent_model') }} as model_provider,
        case
            when lower(provider) = 'google' and contains(target_url, 'aiplatform') then 'vertex_ai'
            when lower(trim(provider)) not in ('', 'custom', 'null') then provider
            else model_provider
        end as served_by
    from parsed
),

checked as (
    select
        *,
        case
            when problem is not null then problem
            when nullif(trim(request_id), '') is null then 'no request id'
            when started_at is null then 'no readable time of the request'
            when has_unreadable_count then 'unreadable token count'
            when
                least(
                    {%- for name in counts %}
                        {{ name }}_count{{ ',' if not loop.last }}
                    {%- endfor %}
                ) < 0
                then 'negative token count'
            when all_tokens >= 1000000000000 then 'token count out of range'
            when {{ unreadable('dollars', 'dollar_amount') }}
                then 'unreadable cost' || {{ refused_number('dollars') }}
            when dollars is null and {{ unreadable('billionths', 'billionth_amount') }}
                then 'cost is no whole number of 10^-9 US dollars'
            when spend < 0 then 'negative cost'
        end as refusal
    from totalled
),

-- The warehouse shows a request in several states until it merges them.
judged as (
    {{ newest_record_counts(
        'checked', ['record_id'],
        [
            'changed_at desc nulls last', 'delivery_rank desc', 'ended_at desc nulls last',
            'source_line desc', 'item_number desc',
        ],
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
        notice,
        account_folder,
        request_id,
        nullif(trim(proxy_key_id), '') as credential_id,
        {{ tag_value('caller_tags', 'helicone-session-id') }} as session_id,
        {{ service_of("coalesce(served_by, '')") }} as service,
        {{ model_without_provider('sent_model', "lower(coalesce(provider, model_provider, ''))") }}
            as model,
        started_at,
        coalesce(ended_at, started_at) as ended_at,
        status,
        is_cache_hit,
        is_billable,
        1 as request_count,
        {{ pseudonym("coalesce(helicone_user, request_user_id, user_id)") }} as user_id,
        {{ known_text(tag_value('caller_tags', 'department')) }} as tag_department,
        {{ known_text(tag_value('caller_tags', 'feature')) }} as feature,
        {{ pseudonym(tag_value('caller_tags', 'user')) }} as claimed_user,
        -- Property names keep the case in which somebody typed them.
        list_transform(
            list_filter(caller_tags, lambda t: not starts_with(lower(t), 'helicone-')),
            lambda t: lower(split_part(t, ':', 1)) || substr(t, instr(t, ':'))
        ) as labels,
        {{ tag_entries('labels') }} as label_entries,
        {{ tags_json('label_entries') }} as tags,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        input_audio_tokens,
        output_tokens,
        output_audio_tokens,
        context_tokens,
        if(request_id is null, null, cast(all_tokens as {{ quantity_type() }})) as tokens,
        if(states_cost, spend, null) as amount,
        if(states_cost, 'USD', null) as currency
    from judged
)

select * exclude (labels, label_entries) from final
