with calls as (
    select * from {{ ref('base_aws_bedrock__invocation_logs') }}
    where record_status = 'accepted'
),

samplings as (
    {{ by_iteration('calls') }}
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'cache_write_5m_tokens': 'cache_write_5m_tokens',
            'cache_write_1h_tokens': 'cache_write_1h_tokens',
            'output_tokens': 'output_tokens',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 and iteration = 1 as is_first
    from samplings
),

final as (
    select
        source_dataset || '/' || record_id || if(iteration > 1, '/' || iteration, '')
        || '/' || entry.meter as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'aws_bedrock' as service,
        -- The log knows the account that called, the bill goes to the payer: unknown here, so that
        -- any account's bill goes before the log.
        cast(null as varchar) as account_id,
        calling_account_id as sub_account_id,
        user_id,
        request_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first, 1, 0) as request_count,
        service_tier,
        cross_region as inference_geo,
        context_tokens,
        started_at,
        started_at as ended_at,
        status,
        -- What ran is charged, even where it broke off; rented capacity is charged by the hour.
        (status = 'success' or coalesce(tokens, 0) > 0) and not is_provisioned as is_billable,
        metadata_department,
        feature,
        claimed_user,
        tags
    from metered
)

{{ as_shape('usage', 'final') }}
