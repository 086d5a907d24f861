with generations as (
    select * from {{ ref('base_openrouter__generations') }}
    where record_status = 'accepted'
),

days as (
    select * from {{ ref('base_openrouter__activity') }}
    where record_status = 'accepted'
),

records as (
    {%- set both = [
        'source_dataset', 'source_file', 'source_line', 'record_id', 'account_folder', 'model',
        'provider_name', 'started_at', 'ended_at', 'is_own_key', 'request_count', 'input_tokens',
        'output_tokens', 'amount', 'currency',
    ] %}
    {%- set by_request = [
        'request_id', 'session_id', 'credential_name', 'user_id', 'feature', 'status',
        'cache_read_tokens', 'output_image_tokens', 'context_tokens',
    ] %}
    select {{ (both + by_request) | join(', ') }} from generations
    union all by name
    select {{ both | join(', ') }} from days
),

-- With the customer's own key OpenRouter charges a fee for the request; the tokens are charged by
-- the provider, in its own bill. Requests without a charge (free variants) cost nobody anything.
metered as (
    select
        *,
        {{ meter_list({
            'input_tokens': 'input_tokens',
            'cache_read_tokens': 'cache_read_tokens',
            'output_tokens': 'output_tokens',
            'output_image_tokens': 'output_image_tokens',
        }) }} as token_entries,
        if(
            is_own_key and token_entries[1].meter != 'requests',
            list_prepend(
                {
                    'meter': 'requests',
                    'quantity': cast(coalesce(request_count, 1) as {{ quantity_type() }})
                },
                token_entries
            ),
            token_entries
        ) as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 as is_first
    from records
),

final as (
    select
        source_dataset || '/' || coalesce(account_folder || '/', '') || record_id
        || '/' || entry.meter as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'openrouter_api' as service,
        if(lower(provider_name) != 'openrouter', provider_name, null) as host_provider_name,
        account_folder as account_id,
        credential_name,
        user_id,
        request_id,
        session_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first, request_count, 0) as request_count,
        'standard' as service_tier,
        context_tokens,
        started_at,
        ended_at,
        status,
        amount is not null and (is_first or not is_own_key) as is_billable,
        if(is_own_key, 'own key', null) as plan_type,
        feature,
        if(is_first, amount, null) as stated_cost,
        currency as stated_currency
    from metered
)

{{ as_shape('usage', 'final') }}
