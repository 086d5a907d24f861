{{ config(materialized='table') }}

{%- set columns = {
    'uncached_input_tokens': 'usage_input_tokens_no_cache',
    'cache_read_input_tokens': 'usage_input_tokens_cache_read',
    'cache_write_5m_tokens': 'usage_input_tokens_cache_write_5m',
    'cache_write_1h_tokens': 'usage_input_tokens_cache_write_1h',
    'cache_write_tokens': 'usage_input_tokens_cache_write',
    'output_tokens': 'usage_output_tokens',
    'web_search_requests': 'web_search_count',
} %}
{%- set always_needed = [
    'usage_date_utc', 'model_version', 'usage_input_tokens_no_cache',
    'usage_input_tokens_cache_read', 'usage_output_tokens',
] %}
{%- set known = [
    'api_key', 'workspace', 'usage_type', 'context_window', 'web_search_count', 'inference_geo',
    'speed',
] %}

with lines as (
    select * from {{ source('anthropic', 'console_usage_csv') }}
),

csv as (
    {{ csv_records('lines') }}
),

-- Without its cache columns a file would lose most of its tokens.
files as (
    {{ csv_files('csv', {
        'Console usage': {
            'needed': always_needed + [
                'usage_input_tokens_cache_write_5m', 'usage_input_tokens_cache_write_1h',
            ],
            'known': known,
        },
        'Console usage, writes in one column': {
            'needed': always_needed + ['usage_input_tokens_cache_write'],
            'known': known,
        },
    }) }}
),

known_rows as (
    {{ rows_of_known_files('csv', columns=['notice', 'layout']) }}
),

dated_rows as (
    {{ anthropic_console_rows(
        'known_rows',
        is_readable=exact_count(csv_value('usage_input_tokens_no_cache')) ~ ' is not null and '
        ~ exact_count(csv_value('usage_output_tokens')) ~ ' is not null',
    ) }}
),

texts as (
    select
        *,
        {%- for name, column in columns.items() %}
            {{ csv_value(column) }} as {{ name }}_text,
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {{ csv_value('model_version') }} as model,
        {{ csv_value('usage_type') }} as usage_type,
        {{ csv_value('context_window') }} as context_window,
        {{ csv_value('inference_geo') }} as geo,
        {{ csv_value('speed') }} as speed
    from dated_rows
),

-- A write without a lifetime lives five minutes.
counted as (
    select
        * replace (
            if(layout = 'Console usage', cache_write_5m_tokens, cache_write_tokens)
                as cache_write_5m_tokens,
            if(layout = 'Console usage', cache_write_1h_tokens, 0) as cache_write_1h_tokens
        ),
        {% for name in columns -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count
    from texts
),

checked as (
    select
        *,
        uncached_input_tokens + cache_read_input_tokens + cache_write_5m_tokens
        + cache_write_1h_tokens + output_tokens as all_tokens,
        case
            when row_problem is not null then row_problem
            when has_unreadable_count then 'unreadable count'
            when all_tokens is null then 'a token count is missing'
            when
                least(
                    uncached_input_tokens, cache_read_input_tokens, cache_write_5m_tokens,
                    cache_write_1h_tokens, output_tokens, web_search_requests
                ) < 0
                then 'negative count'
        end as refusal
    from counted
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        case
            when superseded_by is not null then 'superseded'
            when refusal is not null then 'quarantined'
            else 'accepted'
        end as record_status,
        coalesce(superseded_by, refusal) as problem,
        notice,
        cast(all_tokens as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        workspace_id,
        workspace_name,
        {{ anthropic_key_name('key_name') }} as api_key_name,
        is_agent_key,
        model,
        {{ anthropic_context_floor('context_window') }} as context_tokens,
        {{ anthropic_console_tier('usage_type', 'speed') }} as service_tier,
        {{ anthropic_geo('geo') }} as inference_geo,
        started_at,
        ended_at,
        uncached_input_tokens,
        cache_read_input_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens,
        coalesce(web_search_requests, 0) as web_search_requests
    from checked
),

final as (
    select * from records
    union all by name
    {{ refused_files(mark='#') }}
)

select * from final
