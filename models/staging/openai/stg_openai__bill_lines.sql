with results as (
    select * from {{ ref('base_openai__costs') }}
    where record_status = 'accepted'
    union all by name
    select * from {{ ref('base_openai__costs_csv') }}
    where record_status = 'accepted'
),

-- A negative line is a credit. It pays back money, not a quantity of a meter.
charges as (
    select
        *,
        amount < 0 as is_credit,
        case quantity_unit
            when 'tokens' then 'Tokens'
            when '1000_tokens' then 'Tokens'
            when 'duration_seconds' then 'Seconds'
            when 'duration_minutes' then 'Minutes'
            when 'duration_hours' then 'Hours'
            when 'gibibyte_hours' then 'GiB-Hours'
            else
                array_to_string(
                    list_transform(
                        string_split(replace(quantity_unit, '_', ' '), ' '),
                        lambda word: upper(word[1]) || word[2:]
                    ),
                    ' '
                )
        end as quantity_words,
        case direction
            when 'input' then 'input'
            when 'cached input' then 'cache_read'
            when 'output' then 'output'
        end
        || if(modality in ('audio', 'image'), '_' || modality, '') || '_tokens' as token_meter
    from results
),

final as (
    select
        concat_ws('/', source_dataset, account_id, record_id) as bill_line_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'openai_api' as service,
        account_id,
        project_id as sub_account_id,
        project_name as sub_account_name,
        api_key_id as credential_id,
        user_id,
        'usage' as charge_scope,
        if(is_credit, 'Credit', 'Usage') as charge_category,
        line_item as charge_description,
        line_item as sku,
        if(is_credit, null, model) as model,
        case
            when is_credit then null
            when direction = 'cache writes' then 'cache_write_5m_tokens'
            else token_meter
        end as meter,
        -- Batch has no prefix of its own, so a label without one does not name its tier.
        if(is_credit or tier is null, null, {{ service_tier('tier') }}) as service_tier,
        case
            when is_credit or model is null then null
            when is_long_context then 272001
            else 0
        end as context_tokens,
        if(is_credit or quantity_words is null, null, quantity) as quantity,
        if(is_credit or quantity is null, null, quantity_words) as unit,
        is_agentic,
        amount as net_amount,
        currency,
        started_at as period_start,
        ended_at as period_end
    from charges
)

{{ as_shape('bill_lines', 'final') }}
