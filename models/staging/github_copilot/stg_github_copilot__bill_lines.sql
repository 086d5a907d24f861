with records as (
    select * from {{ ref('base_github_copilot__billing_usage') }}
    where record_status = 'accepted'
),

scoped as (
    select
        *,
        case sku
            when 'copilot_for_business' then 'business'
            when 'copilot_enterprise' then 'enterprise'
            when 'copilot_standalone' then 'standalone'
        end as plan_type,
        coalesce(unit = 'User-Months', false)
        or sku in ('copilot_for_business', 'copilot_enterprise', 'copilot_standalone') as is_seat
    from records
),

final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || record_id as bill_line_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'github_copilot' as service,
        account_folder as account_id,
        organization as sub_account_id,
        organization as sub_account_name,
        user_id,
        cost_center,
        repository,
        if(is_seat, 'seat', 'usage') as charge_scope,
        case
            when amount < 0 then 'Credit'
            when is_seat then 'Purchase'
            else 'Usage'
        end as charge_category,
        concat_ws(' ', product, sku, model) as charge_description,
        sku,
        model,
        case
            when is_seat then 'seats'
            when unit = 'AI Credits' then 'ai_credits'
            when unit = 'Requests' then 'premium_requests'
        end as meter,
        plan_type,
        starts_with(sku, 'coding_agent_') as is_agentic,
        quantity,
        unit,
        unit_price,
        amount as net_amount,
        currency,
        cast(usage_date as timestamp) as period_start,
        cast(usage_date + 1 as timestamp) as period_end
    from scoped
)

{{ as_shape('bill_lines', 'final') }}
