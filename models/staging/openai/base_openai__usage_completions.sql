{{ config(materialized='table') }}

{%- set counts = [
    'input_tokens', 'input_uncached_tokens', 'input_cached_tokens', 'input_cache_write_tokens',
    'input_text_tokens', 'input_audio_tokens', 'input_image_tokens', 'input_cached_text_tokens',
    'input_cached_audio_tokens', 'input_cached_image_tokens', 'output_tokens',
    'output_audio_tokens', 'output_image_tokens', 'num_model_requests',
] %}

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
    ) }}
),

entries as (
    select
        * exclude (result),
        json_type(result) as json_kind,
        case
            when json_type(result) = 'OBJECT'
                then
                    from_json(result, '{
                        "object": "VARCHAR",
                        {% for count in counts %}"{{ count }}": "VARCHAR", {% endfor %}
                        "project_id": "VARCHAR", "project_name": "VARCHAR", "user_id": "VARCHAR",
                        "user_email": "VARCHAR", "api_key_id": "VARCHAR", "model": "VARCHAR",
                        "batch": "VARCHAR", "service_tier": "VARCHAR", "organization_id": "VARCHAR"
                    }')
        end as entry
    from results
),

counted as (
    select
        * exclude (account_id),
        coalesce(nullif(entry.organization_id, ''), account_id) as account_id,
        {%- for count in counts %}
            {{ exact_count('entry.' ~ count) }} as {{ count }},
        {%- endfor %}
        {% for count in counts -%}
            {{ unreadable('entry.' ~ count, exact_count('entry.' ~ count)) }}
            {{- ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        least({{ counts | join(', ') }}) < 0 as has_negative_count
    from entries
),

-- Cached tokens and cache writes are inside input.
token_totals as (
    select
        *,
        coalesce(
            input_cached_tokens,
            coalesce(input_cached_text_tokens, 0) + coalesce(input_cached_audio_tokens, 0)
            + coalesce(input_cached_image_tokens, 0)
        ) as cached_tokens,
        coalesce(input_cache_write_tokens, 0) as cache_write_tokens,
        input_tokens - cached_tokens - cache_write_tokens as uncached_tokens,
        -- Until 2026 a modality's input contained its cached part. It shows where the modalities
        -- together exceed the uncached input by exactly the cached one.
        coalesce(
            cached_tokens > 0
            and input_text_tokens + input_audio_tokens + input_image_tokens
            = uncached_tokens + cached_tokens,
            false
        ) as is_cached_inside_modality
    from counted
),

modalities as (
    select
        *,
        coalesce(input_cached_audio_tokens, 0) as cached_audio_tokens,
        coalesce(input_cached_image_tokens, 0) as cached_image_tokens,
        coalesce(input_audio_tokens, 0)
        - if(is_cached_inside_modality, cached_audio_tokens, 0) as uncached_audio_tokens,
        coalesce(input_image_tokens, 0)
        - if(is_cached_inside_modality, cached_image_tokens, 0) as uncached_image_tokens
    from token_totals
),

-- Text is what the other modalities leave of the totals: a class that the vendor adds later stays
-- counted.
token_classes as (
    select
        *,
        uncached_tokens - uncached_audio_tokens - uncached_image_tokens as uncached_text_tokens,
        cached_tokens - cached_audio_tokens - cached_image_tokens as cached_text_tokens,
        output_tokens - coalesce(output_audio_tokens, 0)
        - coalesce(output_image_tokens, 0) as text_output_tokens
    from modalities
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when coalesce(entry.object, '') != 'organization.usage.completions.result'
                then 'unknown object ' || coalesce(left(entry.object, 80), '(none)')
            when has_unreadable_count then 'unreadable count'
            when has_negative_count then 'negative count'
            when input_tokens is null then 'no input_tokens'
            when output_tokens is null then 'no output_tokens'
            when try_cast(input_tokens + output_tokens as {{ quantity_type() }}) is null
                then 'more tokens than a quantity can hold'
            when uncached_tokens < 0
                then 'token counts contradict themselves: cached and written exceed input'
            when input_uncached_tokens != uncached_tokens
                then
                    'token counts contradict themselves: '
                    || 'input is not uncached + cached + cache writes'
            when least(uncached_text_tokens, uncached_audio_tokens, uncached_image_tokens) < 0
                then 'token counts contradict themselves: audio and image exceed uncached input'
            when cached_text_tokens < 0
                then 'token counts contradict themselves: audio and image exceed cached input'
            when text_output_tokens < 0
                then 'token counts contradict themselves: audio and image exceed output'
        end as refusal
    from token_classes
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
        cast(null as varchar) as notice,
        try_cast(input_tokens + output_tokens as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        nullif(entry.project_id, '') as project_id,
        nullif(entry.project_name, '') as project_name,
        nullif(entry.api_key_id, '') as api_key_id,
        {{ pseudonym("coalesce(nullif(entry.user_email, ''), entry.user_id)") }} as user_id,
        nullif(entry.model, '') as model,
        if(
            lower(entry.batch) = 'true', 'batch', {{ service_tier('entry.service_tier') }}
        ) as service_tier,
        started_at,
        ended_at,
        num_model_requests,
        input_tokens,
        uncached_text_tokens,
        uncached_audio_tokens,
        uncached_image_tokens,
        cached_text_tokens,
        cached_audio_tokens,
        cached_image_tokens,
        cache_write_tokens,
        output_tokens,
        text_output_tokens,
        coalesce(output_audio_tokens, 0) as output_audio_tokens,
        coalesce(output_image_tokens, 0) as output_image_tokens
    from checked
)

select * from final
