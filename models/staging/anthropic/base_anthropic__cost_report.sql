{{ config(materialized='table') }}

with lines as (
    select * from {{ source('anthropic', 'cost_report') }}
),

documents as (
    {{ json_documents('lines', exact=['amount']) }}
),

-- A page of the analytics API tells when it was refreshed. It leaves groups out and covers other
-- products too.
results as (
    {{ api_bucket_results(
        'documents',
        expected='a page of the cost report (results with amount)',
        is_expected="json_exists(r, '$.amount') and not json_exists(page, '$.data_refreshed_at')",
        start_time=moment("json_extract_string(bucket, '$.starting_at')"),
        end_time=moment("json_extract_string(bucket, '$.ending_at')"),
        is_readable=exact_cents("json_extract_string(r, '$.amount')") ~ ' is not null',
        unnamed='default',
        parts=["json_extract_string(r, '$.workspace_id')"],
        amount=exact_cents("json_extract_string(r, '$.amount')"),
        currency="upper(json_extract_string(r, '$.currency'))",
    ) }}
),

entries as (
    select
        * exclude (result, delivery_notice),
        json_type(result) as json_kind,
        nullif(concat_ws(
            '; ',
            {{ unread_fields('result', [
                'amount', 'currency', 'description', 'cost_type', 'token_type', 'model',
                'service_tier', 'context_window', 'inference_geo', 'speed', 'workspace_id',
                'organization_id',
            ]) }},
            delivery_notice
        ), '') as notice,
        json_exists(result, '$.workspace_id') as has_workspace,
        case
            when json_type(result) = 'OBJECT'
                then
                    from_json(result, '{
                        "amount": "VARCHAR", "currency": "VARCHAR", "description": "VARCHAR",
                        "cost_type": "VARCHAR", "token_type": "VARCHAR", "model": "VARCHAR",
                        "service_tier": "VARCHAR", "context_window": "VARCHAR",
                        "inference_geo": "VARCHAR", "speed": "VARCHAR", "workspace_id": "VARCHAR"
                    }')
        end as entry
    from results
),

-- Cents, with fractions. Sixteen decimals of a cent are exact; more are rounded half up to the 18
-- decimals of a dollar.
fields as (
    select
        *,
        {{ exact_cents('entry.amount') }} as amount,
        upper(nullif(trim(entry.currency), '')) as currency
    from entries
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when {{ unreadable('entry.amount', 'amount') }}
                then 'unreadable amount' || {{ refused_number('entry.amount', '10^18') }}
            when amount is null then 'no amount'
            when currency is null then 'no currency'
            when not {{ is_currency_code('currency') }}
                then 'unknown currency ' || left(currency, 20)
        end as refusal
    from fields
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        case
            when layout_problem is not null then 'quarantined'
            when superseded_by is not null then 'superseded'
            when refusal is not null then 'quarantined'
            else 'accepted'
        end as record_status,
        if(layout_problem is null, coalesce(superseded_by, refusal), layout_problem) as problem,
        notice,
        cast(0 as {{ quantity_type() }}) as tokens,
        cast(amount as {{ money_type() }}) as amount,
        if(amount is not null, currency, null) as currency,
        account_id,
        {{ anthropic_workspace_id('entry.workspace_id', 'has_workspace') }} as workspace_id,
        {{ anthropic_workspace_name('entry.workspace_id', 'has_workspace') }} as workspace_name,
        nullif(entry.description, '') as description,
        nullif(entry.cost_type, '') as cost_type,
        nullif(entry.token_type, '') as token_type,
        nullif(entry.model, '') as model,
        case
            when lower(entry.speed) = 'fast' then 'fast'
            when nullif(entry.service_tier, '') is not null
                then {{ service_tier('entry.service_tier') }}
        end as service_tier,
        {{ anthropic_context_floor('entry.context_window') }} as context_tokens,
        {{ anthropic_geo('entry.inference_geo') }} as inference_geo,
        started_at,
        ended_at
    from checked
)

select * from final
