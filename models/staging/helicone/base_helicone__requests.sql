{{ config(materialized='table') }}

{%- set counts = [
    'prompt_tokens', 'prompt_cache_read_tokens', 'prompt_cache_write_tokens',
    'prompt_cache_write_5m', 'prompt_cache_write_1h', 'prompt_audio_tokens', 'completion_tokens',
    'completion_audio_tokens', 'total_tokens', 'reasoning_tokens',
] %}
{%- set texts = [
    'request_id', 'request_created_at', 'response_created_at', 'response_status', 'status', 'model',
    'model_override', 'response_model', 'request_model', 'provider', 'target_url', 'helicone_user',
    'request_user_id', 'user_id', 'proxy_key_id', 'cache_reference_id', 'costUSD',
    'cost', 'updated_at', 'request_path',
] + counts %}
{%- set objects = ['request_properties', 'properties'] %}
{#- Known and left out: content, timing and scores. -#}
{%- set left_out = [
    'response_id', 'response_body', 'request_body', 'delay_ms', 'latency',
    'time_to_first_token', 'cache_enabled', 'country_code', 'scores', 'prompt_id',
    'prompt_version', 'organization_id', 'threat', 'assets', 'asset_ids', 'asset_urls', 'llmSchema',
    'request_feedback', 'response_feedback', 'feedback_rating', 'feedback_created_at',
    'feedback_id', 'signed_body_url', 'node_id', 'auth_hash', 'cache_count', 'is_cached',
    'size_bytes', 'request_ip', 'job_id',
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

-- Each count is beside the others, but for the reasoning. The total is the vendor's or a sum of
-- prompt and completion alone, by version.
disjoint as (
    {{ token_reading(
        'parsed',
        {
            'input': 'prompt_tokens_count', 'output': 'completion_tokens_count',
            'cache_read': 'prompt_cache_read_tokens_count',
            'cache_write': 'prompt_cache_write_tokens_count',
            'cache_write_5m': 'prompt_cache_write_5m_count',
            'cache_write_1h': 'prompt_cache_write_1h_count',
            'input_audio': 'prompt_audio_tokens_count',
            'output_audio': 'completion_audio_tokens_count',
            'reasoning': 'reasoning_tokens_count', 'total': 'total_tokens_count',
        },
        usual=['reads', 'writes', 'input_media', 'output_media'],
        may_change=['reads', 'writes', 'reasoning', 'input_media', 'output_media'],
        empty_total='total_tokens_count '
        ~ '= coalesce(prompt_tokens_count, 0) + coalesce(completion_tokens_count, 0)',
    ) }}
),

named as (
    select
        *,
        {{ provider_of_model('sent_model') }} as model_provider
    from disjoint
),

totalled as (
    select
        *,
        -- Helicone's own cache answered; the vendor's prompt cache is something else.
        regexp_matches(coalesce(cache_reference_id, ''), '[1-9a-fA-F]') as is_cache_hit,
        case
            when {{ exact_count('http_status') }} between 200 and 299 then 'success'
            when http_status is null and all_tokens > 0 then 'success'
            when http_status is null then 'pending'
            else 'failure'
        end as status,
        not is_cache_hit and (status = 'success' or coalesce(spend, 0) > 0) as is_billable,
        not is_cache_hit and coalesce(spend, 0) > 0 as states_cost,
        case
            when lower(provider) = 'google' and contains(target_url, 'aiplatform') then 'vertex_ai'
            when lower(trim(provider)) not in ('', 'custom', 'null') then provider
            else model_provider
        end as served_by
    from named
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
            when all_tokens >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number('cast(all_tokens as varchar)', '10^12') }}
            when {{ unreadable('dollars', 'dollar_amount') }}
                then 'unreadable cost' || {{ refused_number('dollars') }}
            when dollars is null and {{ unreadable('billionths', 'billionth_amount') }}
                then
                    'cost is no whole number of 10^-9 US dollars'
                    || {{ refused_number(
                        "regexp_extract(billionths, '^-?[0-9]+$')", '10^15'
                    ) }}
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

-- Requests that run no model: counted tokens, and stored answers that are asked for again. An answer
-- is told by its path; its call by the same counts before it, or, where that ran in the background, by
-- a call without counts.
asked as (
    select
        source_file,
        source_line,
        item_number,
        source_dataset,
        account_folder,
        sent_model,
        started_at,
        all_tokens,
        prompt_tokens_count,
        completion_tokens_count,
        regexp_extract(
            regexp_replace(request_path, '[?#].*$', ''), '[^/]*(//[^/]+)?(/.*)$', 2
        ) as path,
        regexp_matches(path, '(?i)count_?tokens') as is_counting,
        regexp_matches(
            path, '/(responses/resp|chat/completions/chatcmpl)[A-Za-z0-9_-]+(/cancel)?/?$'
        ) as is_stored,
        regexp_matches(path, '/(responses|chat/completions)/?$') as is_call
    from judged
    where record_status = 'accepted' and nullif(trim(request_path), '') is not null
),

answers as (
    select
        stored.source_file,
        stored.source_line,
        stored.item_number,
        coalesce(bool_or(
            calls.prompt_tokens_count = stored.prompt_tokens_count
            and calls.completion_tokens_count = stored.completion_tokens_count
        ), false) as repeats_call,
        coalesce(bool_or(
            calls.all_tokens = 0 and stored.started_at - calls.started_at < interval 1 day
        ), false) as has_call,
        row_number() over (
            partition by
                stored.source_dataset, stored.account_folder,
                regexp_replace(stored.path, '/cancel/?$|/$', ''), stored.all_tokens > 0
            order by stored.started_at, stored.source_file, stored.source_line, stored.item_number
        ) as place,
        stored.all_tokens
    from asked as stored
    left join asked as calls
        on
            stored.source_dataset = calls.source_dataset
            and stored.account_folder is not distinct from calls.account_folder
            and stored.sent_model = calls.sent_model
            and calls.is_call
            and calls.started_at <= stored.started_at
    where stored.is_stored
    group by
        stored.source_dataset, stored.account_folder, stored.source_file, stored.source_line,
        stored.item_number, stored.started_at, stored.path, stored.all_tokens
),

verdicts as (
    select
        source_file,
        source_line,
        item_number,
        'superseded' as status_told,
        'tokens were counted: no call of a model' as reason
    from asked
    where is_counting
    union all by name
    select
        source_file,
        source_line,
        item_number,
        case
            when all_tokens = 0 then 'superseded'
            when repeats_call or has_call then 'duplicate'
            else 'quarantined'
        end as status_told,
        case
            when all_tokens = 0 then 'a stored answer was asked for: no call of a model'
            when repeats_call then 'a stored answer was asked for: its call counts'
            when has_call then 'a stored answer was asked for again: the first answer counts'
            else
                'a stored answer was asked for, whose call is in no file: its tokens may be '
                || 'counted elsewhere'
        end as reason
    from answers
    where all_tokens = 0 or repeats_call or not has_call or place > 1
),

told_once as (
    select
        judged.* replace (
            coalesce(verdicts.status_told, judged.record_status) as record_status,
            coalesce(verdicts.reason, judged.problem) as problem
        )
    from judged
    left join verdicts
        on
            judged.source_file = verdicts.source_file
            and judged.source_line = verdicts.source_line
            and judged.item_number = verdicts.item_number
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
        nullif(trim(proxy_key_id), '') as credential_id,
        {{ tag_value('caller_tags', 'helicone-session-id') }} as session_id,
        {{ service_of('served_by', 'sent_model') }} as service,
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
        reading_certainty,
        unexplained_tokens,
        context_tokens,
        if(request_id is null, null, cast(all_tokens as {{ quantity_type() }})) as tokens,
        if(states_cost, spend, null) as amount,
        if(states_cost, 'USD', null) as currency
    from told_once
)

select * exclude (labels, label_entries) from final
