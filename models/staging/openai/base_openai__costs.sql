{{ config(materialized='table') }}

with lines as (
    select * from {{ source('openai', 'costs') }}
),

documents as (
    {{ json_documents('lines', exact=['value', 'quantity']) }}
),

results as (
    {{ api_bucket_results(
        'documents',
        expected='a page of organization.costs.result',
        is_expected="json_extract_string(r, '$.object') = 'organization.costs.result'",
        start_time=moment("json_extract_string(bucket, '$.start_time')"),
        end_time=moment("json_extract_string(bucket, '$.end_time')"),
    ) }}
),

entries as (
    select
        * exclude (result),
        json_type(result) as json_kind,
        case
            when json_type(result) = 'OBJECT'
                then
                    from_json(result, '{
                        "object": "VARCHAR", "amount": "JSON", "line_item": "VARCHAR",
                        "project_id": "VARCHAR", "project_name": "VARCHAR",
                        "api_key_id": "VARCHAR", "user_id": "VARCHAR", "user_email": "VARCHAR",
                        "quantity": "VARCHAR", "quantity_unit": "VARCHAR",
                        "organization_id": "VARCHAR"
                    }')
        end as entry
    from results
),

-- Dollars, not cents. More than 18 decimals are rounded half up to the 18 that money has.
fields as (
    select
        * exclude (account_id),
        coalesce(nullif(entry.organization_id, ''), account_id) as account_id,
        {{ json_text('entry.amount', '$.value') }} as amount_text,
        {{ exact_amount('amount_text') }} as amount,
        upper(nullif(trim({{ json_text('entry.amount', '$.currency') }}), '')) as currency,
        nullif(trim(entry.line_item), '') as line_item,
        lower(nullif(trim(entry.quantity_unit), '')) as quantity_unit,
        try_cast(entry.quantity as {{ quantity_type() }}) as stated_quantity,
        try_cast(
            stated_quantity * if(quantity_unit = '1000_tokens', 1000, 1) as {{ quantity_type() }}
        ) as quantity
    from entries
),

-- [<tier> | ]<model>[ <modality>], <direction>[, long context]
line_items as (
    select
        *,
        regexp_extract(
            line_item,
            '^(?:([a-z_]+) [|] )?([^ ,|]+)(?: (text|audio|image))?, '
            || '(input|cached input|output|cache writes)(, long context)?$',
            ['tier', 'model', 'modality', 'direction', 'long_context']
        ) as words
    from fields
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when coalesce(entry.object, '') != 'organization.costs.result'
                then 'unknown object ' || coalesce(left(entry.object, 80), '(none)')
            when {{ unreadable('amount_text', 'amount') }} then 'unreadable amount'
            when amount is null then 'no amount'
            when currency is null then 'no currency'
            when not {{ is_currency_code('currency') }}
                then 'unknown currency ' || left(currency, 20)
            when {{ unreadable('entry.quantity', 'quantity') }} then 'unreadable quantity'
            when quantity < 0 and amount >= 0 then 'negative quantity with an amount to pay'
        end as refusal
    from line_items
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
        cast(null as varchar) as notice,
        cast(
            if(
                amount >= 0 and quantity_unit in ('tokens', '1000_tokens'),
                coalesce(quantity, 0), 0
            ) as {{ quantity_type() }}
        ) as tokens,
        amount,
        if(amount is not null, currency, null) as currency,
        account_id,
        nullif(entry.project_id, '') as project_id,
        nullif(entry.project_name, '') as project_name,
        nullif(entry.api_key_id, '') as api_key_id,
        {{ pseudonym("coalesce(nullif(entry.user_email, ''), entry.user_id)") }} as user_id,
        line_item,
        nullif(words.tier, '') as tier,
        nullif(words.model, '') as model,
        nullif(words.modality, '') as modality,
        nullif(words.direction, '') as direction,
        words.long_context != '' as is_long_context,
        quantity,
        quantity_unit,
        started_at,
        ended_at
    from checked
)

select * from final
