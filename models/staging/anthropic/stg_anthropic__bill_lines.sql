with results as (
    select * from {{ ref('base_anthropic__cost_report') }}
    where record_status = 'accepted'
),

console as (
    select * from {{ ref('base_anthropic__console_cost_csv') }}
    where record_status = 'accepted'
),

charges as (
    select
        *,
        cast(null as varchar) as api_key_id,
        cast(null as boolean) as is_agent_key,
        cast(null as {{ money_type() }}) as list_amount
    from results
    union all by name
    select * from console
),

-- Both state money only, no quantities.
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
        api_key_id as credential_id,
        'usage' as charge_scope,
        if(amount < 0, 'Credit', 'Usage') as charge_category,
        description as charge_description,
        description as sku,
        model,
        case
            when token_type in ('uncached_input_tokens', 'input_no_cache') then 'input_tokens'
            when token_type in ('cache_read_input_tokens', 'input_cache_read')
                then 'cache_read_tokens'
            when
                token_type in (
                    'cache_creation.ephemeral_5m_input_tokens', 'input_cache_write_5m',
                    'input_cache_write'
                )
                then 'cache_write_5m_tokens'
            when
                token_type in ('cache_creation.ephemeral_1h_input_tokens', 'input_cache_write_1h')
                then 'cache_write_1h_tokens'
            when token_type in ('output_tokens', 'output') then 'output_tokens'
            when 'web_search' in (cost_type, token_type) then 'web_searches'
            when cost_type in ('code_execution', 'session_usage') then cost_type
            when token_type in ('code_execution', 'session_usage') then token_type
        end as meter,
        service_tier,
        inference_geo,
        context_tokens,
        if(is_agent_key, true, null) as is_agentic,
        list_amount,
        amount as net_amount,
        currency,
        started_at as period_start,
        ended_at as period_end
    from charges
)

{{ as_shape('bill_lines', 'final') }}
