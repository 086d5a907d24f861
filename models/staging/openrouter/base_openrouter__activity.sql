{{ config(materialized='table') }}

{%- set texts = [
    'date', 'model', 'model_permaslug', 'endpoint_id', 'provider_name', 'usage',
    'byok_usage_inference', 'byok_requests', 'requests', 'prompt_tokens', 'completion_tokens',
] %}
{#- Reasoning is inside the completion. -#}
{%- set left_out = ['reasoning_tokens', 'variant'] %}
{%- set counts = ['requests', 'byok_requests', 'prompt_tokens', 'completion_tokens'] %}

with lines as (
    select * from {{ source('openrouter', 'activity') }}
),

records as (
    {{ log_records(
        'lines',
        {'activity': {'needed': [
            'date', 'model', 'usage', 'requests', 'prompt_tokens', 'completion_tokens',
        ]}},
        texts, [], left_out,
    ) }}
),

parsed as (
    select
        * exclude (entry),
        {{ moment('entry.date') }} as written_at,
        cast(date_trunc('day', written_at) as timestamp) as started_at,
        coalesce(nullif(trim(entry.model_permaslug), ''), nullif(trim(entry.model), '')) as model,
        nullif(trim(entry.endpoint_id), '') as endpoint_id,
        nullif(trim(entry.provider_name), '') as provider_name,
        {{ exact_amount('entry.usage') }} as charged,
        {{ exact_amount('entry.byok_usage_inference') }} as upstream_cost,
        {%- for name in counts %}
            {{ exact_count('entry.' ~ name) }} as {{ name }}_count,
        {%- endfor %}
        {% for name in counts -%}
            {{ unreadable('entry.' ~ name, name ~ '_count') }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count
    from records
),

checked as (
    select
        *,
        coalesce(strftime(started_at, '%Y-%m-%d'), source_file) || '/' || coalesce(
            fingerprint, source_line || '.' || item_number
        ) || '#' || row_number() over (
            partition by source_file, coalesce(fingerprint, source_line || '.' || item_number)
            order by source_line, item_number
        ) as record_id,
        -- A row may mix both kinds of key; then its charge is more than the fee for the own one.
        coalesce(
            upstream_cost > 0
            and coalesce(byok_requests_count >= requests_count, charged < upstream_cost),
            false
        ) as is_own_key,
        coalesce(prompt_tokens_count, 0) as input_tokens,
        coalesce(completion_tokens_count, 0) as output_tokens,
        input_tokens + output_tokens as all_tokens,
        case
            when problem is not null then problem
            when started_at is null then 'no readable date'
            when charged is null then 'no readable charge'
            when charged < 0 then 'negative charge'
            when has_unreadable_count then 'unreadable count'
            when
                least(
                    {%- for name in counts %}
                        {{ name }}_count{{ ',' if not loop.last }}
                    {%- endfor %}
                ) < 0
                then 'negative count'
            when all_tokens >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number('cast(all_tokens as varchar)', '10^12') }}
        end as refusal
    from parsed
),

-- A day is told as a whole, by the newest file that covers it.
stated as (
    select
        *,
        (source_dataset, account_folder) as scope,
        source_file as statement,
        delivery_rank as statement_order,
        source_file as named_by,
        true as has_all_pages,
        [''] as part,
        cast(started_at as date) as stated_on,
        cast(null as date) as stated_first,
        cast(null as date) as stated_last,
        refusal is null as is_stated,
        true as is_row,
        charged as cell_amount,
        'USD' as cell_currency
    from checked
),

told as (
    {{ with_delivery_cells('stated', keeps_start=false) }}
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        case
            when refusal is not null then 'quarantined'
            when replaced_by is not null then 'superseded'
            else 'accepted'
        end as record_status,
        case
            when refusal is not null then refusal
            when replaced_by is not null then 'the day is told again by ' || replaced_by
        end as problem,
        nullif(
            concat_ws(
                '; ', notice, if(record_status = 'accepted', delivery_notice, null),
                {{ own_key_notice('refusal is null and replaced_by is null') }}
            ), ''
        ) as notice,
        account_folder,
        model,
        endpoint_id,
        provider_name,
        started_at,
        started_at + interval 1 day as ended_at,
        is_own_key,
        upstream_cost,
        requests_count as request_count,
        input_tokens,
        output_tokens,
        if(
            problem is null, cast(all_tokens as {{ quantity_type() }}), null
        ) as tokens,
        if(charged > 0, charged, null) as amount,
        if(charged > 0, 'USD', null) as currency
    from told
)

select * from final
