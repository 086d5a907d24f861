with answers as (
    -- AM07 does not know that `by name` fills the columns that one side lacks.
    select * from {{ ref('base_coding_agents__claude_code') }} -- noqa: AM07
    union all by name
    select * from {{ ref('base_coding_agents__codex') }}
    union all by name
    select * from {{ ref('base_coding_agents__gemini_cli') }}
),

tagged as (
    select
        *,
        {{ json_object_text({'branch': 'branch', 'project': 'project'}) }} as tags
    from answers
    where record_status = 'accepted'
),

samplings as (
    {{ by_iteration('tagged', once=['web_searches']) }}
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
            'web_searches': 'web_searches',
        }) }} as entries,
        unnest(entries) as entry,
        generate_subscripts(entries, 1) = 1 and iteration = 1 as is_first
    from samplings
),

final as (
    select
        concat_ws(
            '/', source_dataset, record_id, if(iteration > 1, iteration, null), entry.meter
        ) as usage_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        service,
        -- A division of the assistant's own service; at a vendor's API it is something else.
        if(is_billable, null, project) as sub_account_id,
        user_id,
        request_id,
        session_id,
        model,
        entry.meter,
        entry.quantity,
        if(is_first, 1, 0) as request_count,
        service_tier,
        inference_geo,
        context_tokens,
        started_at,
        ended_at,
        is_billable,
        true as is_agentic,
        plan_type,
        tags
    from metered
)

{{ as_shape('usage', 'final') }}
