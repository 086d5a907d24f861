with requests as (
    select * from {{ ref('base_azure_openai__requests') }}
    where record_status = 'accepted'
),

metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'output_tokens': 'output_tokens',
            'unclassified_tokens': 'unclassified_tokens',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from requests
),

final as (
    select
        source_dataset || '/' || record_id || '/' || entry.meter as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'azure_openai' as service,
        -- The log does not say who pays: any account's bill goes before it.
        cast(null as varchar) as account_id,
        subscription_id as sub_account_id,
        -- Neither caller nor key is logged; the deployment that was called is what remains.
        resource_id || coalesce('/deployments/' || lower(deployment), '') as credential_id,
        deployment as credential_name,
        request_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first and is_call, 1, 0) as request_count,
        'standard' as service_tier,
        prompt_tokens as context_tokens,
        started_at,
        started_at as ended_at,
        status,
        -- Microsoft charges what was processed, even where it then failed.
        coalesce(tokens, 0) > 0 as is_billable
    from metered
)

{{ as_shape('usage', 'final') }}
