with cost_reports as (
    select * from {{ ref('base_claude_seats__cost_reports') }}
    where record_status = 'accepted'
),

spend_csv as (
    select * from {{ ref('base_claude_seats__spend_csv') }}
    where record_status = 'accepted'
),

{%- set both = [
    'source_dataset', 'source_file', 'source_line', 'record_id', 'account_id', 'user_id', 'model',
    'requests', 'list_amount', 'amount', 'currency', 'started_at', 'ended_at',
] %}

-- The reports exist on Enterprise plans only.
charges as (
    select
        {{ both | join(',\n        ') }},
        regexp_replace(lower(product), '[^a-z0-9]+', '_', 'g') as product,
        cost_type,
        token_type,
        context_window,
        inference_geo,
        speed,
        'enterprise' as plan_type
    from cost_reports
    union all
    select
        {{ both | join(',\n        ') }},
        regexp_replace(lower(product), '[^a-z0-9]+', '_', 'g') as product,
        cast(null as varchar) as cost_type,
        cast(null as varchar) as token_type,
        cast(null as varchar) as context_window,
        cast(null as varchar) as inference_geo,
        cast(null as varchar) as speed,
        cast(null as varchar) as plan_type
    from spend_csv
),

final as (
    select
        concat_ws('/', source_dataset, account_id, record_id) as bill_line_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'claude_workspace' as service,
        account_id,
        user_id,
        'usage' as charge_scope,
        if(amount < 0, 'Credit', 'Usage') as charge_category,
        nullif(concat_ws(' ', product, model, cost_type, token_type), '') as charge_description,
        nullif(concat_ws('/', product, model), '') as sku,
        model,
        case
            when token_type = 'uncached_input_tokens' then 'input_tokens'
            when token_type = 'output_tokens' then 'output_tokens'
            when token_type = 'cache_read_input_tokens' then 'cache_read_tokens'
            when contains(token_type, 'ephemeral_5m') then 'cache_write_5m_tokens'
            when contains(token_type, 'ephemeral_1h') then 'cache_write_1h_tokens'
        end as meter,
        lower(speed) as service_tier,
        {{ anthropic_geo('inference_geo') }} as inference_geo,
        {{ anthropic_context_floor('context_window') }} as context_tokens,
        plan_type,
        case
            when product in ('claude_code', 'cowork') then true
            when product in ('chat', 'claude_ai') then false
        end as is_agentic,
        if(requests > 0 and amount >= 0, cast(requests as {{ quantity_type() }}), null)
            as quantity,
        if(requests > 0 and amount >= 0, 'Requests', null) as unit,
        list_amount,
        amount as net_amount,
        currency,
        started_at as period_start,
        ended_at as period_end
    from charges
)

{{ as_shape('bill_lines', 'final') }}
