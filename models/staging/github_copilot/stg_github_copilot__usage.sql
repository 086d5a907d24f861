with records as (
    select * from {{ ref('base_github_copilot__user_metrics') }}
    where record_status = 'accepted'
),

measured as (
    select
        *,
        {{ meter_list({
            'requests': 'interactions',
            'ai_credits': 'ai_credits_used',
        }) }} as meters
    from records
),

metered as (
    select
        * exclude (meters),
        unnest(meters) as entry,
        generate_subscripts(meters, 1) as meter_number
    from measured
),

-- Interactions are paid with the seat. Credits are what the bill charges after the allowance: the
-- metrics are no bill, so that credits nobody billed stay without a price, and visible.
final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || record_id || '/'
        || entry.meter as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'github_copilot' as service,
        account_folder as account_id,
        user_id,
        entry.meter,
        entry.quantity,
        if(meter_number = 1, interactions, 0) as request_count,
        'standard' as service_tier,
        cast(usage_date as timestamp) as started_at,
        cast(usage_date + 1 as timestamp) as ended_at,
        entry.meter = 'ai_credits' as is_billable,
        if(is_agent_used, null, false) as is_agentic
    from metered
)

{{ as_shape('usage', 'final') }}
