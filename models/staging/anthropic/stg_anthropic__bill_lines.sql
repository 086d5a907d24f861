with results as (
    select * from {{ ref('base_anthropic__cost_report') }}
    where record_status = 'accepted'
),

-- The report states money only, no quantities.
final as (
    select
        concat_ws('/', source_dataset, account_id, record_id) as bill_line_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'claude_api' as service,
        account_id,
        workspace_id as sub_account_id,
        workspace_name as sub_account_name,
        'usage' as charge_scope,
        if(amount < 0, 'Credit', 'Usage') as charge_category,
        description as charge_description,
        description as sku,
        model,
        case
            when token_type = 'uncached_input_tokens' then 'input_tokens'
            when token_type = 'cache_read_input_tokens' then 'cache_read_tokens'
            when token_type = 'cache_creation.ephemeral_5m_input_tokens'
                then 'cache_write_5m_tokens'
            when token_type = 'cache_creation.ephemeral_1h_input_tokens'
                then 'cache_write_1h_tokens'
            when token_type = 'output_tokens' then 'output_tokens'
            when cost_type = 'web_search' then 'web_searches'
            when cost_type in ('code_execution', 'session_usage') then cost_type
        end as meter,
        service_tier,
        inference_geo,
        context_tokens,
        amount as net_amount,
        currency,
        started_at as period_start,
        ended_at as period_end
    from results
)

{{ as_shape('bill_lines', 'final') }}
