{{ config(materialized='table') }}

with lines as (
    select * from {{ source('anthropic', 'console_cost_csv') }}
),

csv as (
    {{ csv_records('lines') }}
),

-- Columns were added since 2024; they are found by their names.
files as (
    {{ csv_files('csv', {
        'Console costs': {
            'needed': [
                'usage_date_utc', 'model', 'workspace', 'api_key', 'usage_type', 'token_type',
                'cost_usd',
            ],
            'known': [
                'context_window', 'list_price_usd', 'cost_type', 'inference_geo', 'speed',
                'api_key_id', 'api_key_status',
            ],
        },
    }) }}
),

known_rows as (
    {{ rows_of_known_files('csv') }}
),

dated_rows as (
    {{ anthropic_console_rows(
        'known_rows',
        is_readable=exact_amount(csv_value('cost_usd')) ~ ' is not null',
        amount=exact_amount(csv_value('cost_usd')),
    ) }}
),

-- Dollars here, cents in the cost report.
read_fields as (
    select
        *,
        {{ csv_value('model') }} as model_name,
        {{ csv_value('usage_type') }} as usage_type,
        lower({{ csv_value('token_type') }}) as token_type,
        lower({{ csv_value('cost_type') }}) as cost_type,
        {{ csv_value('context_window') }} as context_window,
        {{ csv_value('inference_geo') }} as geo,
        {{ csv_value('speed') }} as speed,
        {{ csv_value('api_key_id') }} as api_key_id,
        {{ csv_value('cost_usd') }} as cost_text,
        {{ csv_value('list_price_usd') }} as list_text,
        {{ exact_amount('cost_text') }} as amount,
        {{ exact_amount('list_text') }} as list_amount
    from dated_rows
),

checked as (
    select
        *,
        case
            when row_problem is not null then row_problem
            when cost_text is null then 'no amount'
            when amount is null then 'unreadable amount' || {{ refused_number('cost_text') }}
            when {{ unreadable('list_text', 'list_amount') }}
                then 'unreadable list amount' || {{ refused_number('list_text') }}
        end as refusal
    from read_fields
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
        cast(0 as {{ quantity_type() }}) as tokens,
        amount,
        if(amount is not null, 'USD', null) as currency,
        account_id,
        workspace_id,
        workspace_name,
        coalesce(api_key_id, {{ anthropic_key_name('key_name') }}) as api_key_id,
        is_agent_key,
        concat_ws(
            ' ', model_name, usage_type, token_type, if(cost_type = 'token', null, cost_type)
        ) as description,
        -- A display name, which is the id in other words: Claude Haiku 4.5 is claude-haiku-4-5.
        if(
            lower(model_name) like 'claude %',
            regexp_replace(lower(model_name), '[ .]+', '-', 'g'),
            model_name
        ) as model,
        token_type,
        cost_type,
        {{ anthropic_console_tier('usage_type', 'speed') }} as service_tier,
        {{ anthropic_context_floor('context_window') }} as context_tokens,
        {{ anthropic_geo('geo') }} as inference_geo,
        list_amount,
        started_at,
        ended_at
    from checked
),

final as (
    select * from records
    union all by name
    {{ refused_files(mark='#') }}
)

select * from final
