{{ config(materialized='table') }}

{#- Two exports of the same generations: the log that the activity page offers (CSV, counts of one
    common tokenizer), and the answers of /generation (JSON, counts of the model's own). -#}
{%- set csv_texts = [
    'generation_id', 'created_at', 'cost_total', 'byok_usage_inference', 'tokens_prompt',
    'tokens_completion', 'tokens_cached', 'tokens_reasoning', 'model_permaslug', 'provider_name', 'variant',
    'cancelled', 'user', 'finish_reason_normalized', 'generation_time_ms', 'api_key_name',
    'app_name',
] %}
{#- Parts of cost_total must not be added to it. -#}
{%- set csv_left_out = [
    'cost_web_search', 'cost_cache', 'cost_file_processing', 'streamed',
    'finish_reason_raw', 'time_to_first_token_ms', 'api_key_disabled',
] %}
{%- set api_texts = [
    'id', 'created_at', 'total_cost', 'is_byok', 'upstream_inference_cost', 'tokens_prompt',
    'tokens_completion', 'native_tokens_prompt', 'native_tokens_completion',
    'native_tokens_cached', 'native_tokens_completion_images', 'native_tokens_reasoning', 'model', 'provider_name',
    'cancelled', 'external_user', 'finish_reason', 'generation_time', 'session_id',
] %}
{%- set api_left_out = [
    'upstream_id', 'usage', 'cache_discount', 'num_media_prompt',
    'num_media_completion', 'num_search_results', 'num_input_audio_prompt', 'streamed', 'latency',
    'moderation_latency', 'native_finish_reason', 'api_type', 'origin', 'app_id', 'router',
    'provider_responses', 'http_referer', 'user_agent', 'request_id', 'num_fetches',
    'web_search_engine', 'data_region', 'preset_id', 'service_tier', 'response_cache_source_id',
] %}
{%- set counts = ['prompt', 'completion', 'cached', 'images', 'reasoning'] %}

with csv_lines as (
    select * from {{ source('openrouter', 'activity_csv') }}
),

api_lines as (
    select * from {{ source('openrouter', 'generations') }}
),

csv_entries as (
    {{ log_records(
        'csv_lines',
        {'activity log': {'needed': [
            'generation_id', 'created_at', 'cost_total', 'tokens_prompt', 'tokens_completion',
            'model_permaslug',
        ]}},
        csv_texts, [], csv_left_out,
    ) }}
),

api_entries as (
    {{ log_records(
        'api_lines',
        {'generation': {'needed': ['id', 'created_at', 'total_cost', 'model']}},
        api_texts, [], api_left_out,
    ) }}
),

records as (
    select
        * exclude (entry),
        entry.generation_id as generation,
        entry.created_at as created_text,
        entry.cost_total as cost_text,
        entry.byok_usage_inference as upstream_text,
        null as own_key_text,
        entry.tokens_prompt as prompt_text,
        entry.tokens_completion as completion_text,
        entry.tokens_cached as cached_text,
        null as images_text,
        entry.tokens_reasoning as reasoning_text,
        entry.model_permaslug as model,
        entry.provider_name,
        entry.variant,
        entry.cancelled,
        entry.finish_reason_normalized as finish_reason,
        entry.generation_time_ms as duration_text,
        entry.user as caller,
        entry.api_key_name,
        entry.app_name,
        null as session_id
    from csv_entries
    union all by name
    select
        * exclude (entry),
        entry.id as generation,
        entry.created_at as created_text,
        entry.total_cost as cost_text,
        entry.upstream_inference_cost as upstream_text,
        entry.is_byok as own_key_text,
        coalesce(entry.native_tokens_prompt, entry.tokens_prompt) as prompt_text,
        coalesce(entry.native_tokens_completion, entry.tokens_completion) as completion_text,
        entry.native_tokens_cached as cached_text,
        entry.native_tokens_completion_images as images_text,
        entry.native_tokens_reasoning as reasoning_text,
        entry.model,
        entry.provider_name,
        null as variant,
        entry.cancelled,
        entry.finish_reason,
        entry.generation_time as duration_text,
        entry.external_user as caller,
        null as api_key_name,
        null as app_name,
        entry.session_id
    from api_entries
),

parsed as (
    select
        * exclude (variant, session_id),
        nullif(trim(generation), '') as request_id,
        coalesce(
            request_id, source_file || ':' || source_line || '.' || item_number
        ) as record_id,
        {{ moment('created_text') }} as started_at,
        {{ exact_count('duration_text') }} as milliseconds,
        if(
            milliseconds between 0 and 86400000,
            started_at + to_milliseconds(milliseconds), started_at
        ) as ended_at,
        {{ exact_amount('cost_text') }} as charged,
        {{ exact_amount('upstream_text') }} as upstream_cost,
        {%- for name in counts %}
            {{ exact_count(name ~ '_text') }} as {{ name }}_count,
        {%- endfor %}
        {% for name in counts -%}
            {{ unreadable(name ~ '_text', name ~ '_count') }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        lower(trim(variant)) as variant,
        nullif(trim(session_id), '') as session_id,
        lower(trim(cancelled)) in ('true', '1') as is_cancelled,
        -- What the upstream account pays is told apart only for the customer's own keys; the
        -- answers of /generation tell it always, and say whose key it was.
        if(
            source_dataset = 'openrouter/generations',
            lower(trim(own_key_text)) in ('true', '1'),
            upstream_cost > 0
        ) as has_own_key
    from records
),

-- Cached tokens are inside the prompt, pictures and reasoning inside the completion: OpenRouter
-- says so, and counts of a common tokenizer may stand beside a vendor's own.
disjoint as (
    {{ token_reading(
        'parsed',
        {
            'input': 'prompt_count', 'output': 'completion_count',
            'cache_read': 'least(coalesce(cached_count, 0), coalesce(prompt_count, 0))',
            'reasoning': 'least(coalesce(reasoning_count, 0), coalesce(completion_count, 0))',
            'output_image': 'images_count',
        },
        is_documented=true,
    ) }}
),

checked as (
    select
        *,
        coalesce(has_own_key, false) as is_own_key,
        case
            when problem is not null then problem
            when request_id is null then 'no generation id'
            when started_at is null then 'no readable time'
            when charged is null then 'no readable charge'
            when charged < 0 then 'negative charge'
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
        end as refusal
    from disjoint
),

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
        nullif(
            concat_ws(
                '; ', notice, {{ own_key_notice("is_own_key and record_status = 'accepted'") }}
            ), ''
        ) as notice,
        account_folder,
        request_id,
        session_id,
        nullif(trim(model), '') as model,
        nullif(trim(provider_name), '') as provider_name,
        variant,
        started_at,
        ended_at,
        case
            when is_cancelled then 'cancelled'
            when lower(finish_reason) = 'error' then 'failure'
            else 'success'
        end as status,
        is_own_key,
        upstream_cost,
        1 as request_count,
        {{ hide_email('nullif(trim(api_key_name), \'\')') }} as credential_name,
        {{ pseudonym('caller') }} as user_id,
        {{ known_text('app_name') }} as feature,
        input_tokens,
        cache_read_tokens,
        output_tokens,
        output_image_tokens,
        reading_certainty,
        context_tokens,
        if(
            request_id is null, null,
            cast(all_tokens as {{ quantity_type() }})
        ) as tokens,
        if(charged > 0, charged, null) as amount,
        if(charged > 0, 'USD', null) as currency
    from judged
)

select * from final
