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
        is_readable=exact_amount("json_extract_string(r, '$.amount.value')") ~ " is not null",
        parts=["json_extract_string(r, '$.project_id')", "json_extract_string(r, '$.api_key_id')"],
        amount=exact_amount("json_extract_string(r, '$.amount.value')"),
        currency="upper(json_extract_string(r, '$.amount.currency'))",
    ) }}
),

parsed as (
    select
        *,
        json_type(result) as json_kind,
        case
            when json_type(result) = 'OBJECT'
                then
                    from_json(result, '{
                        "object": "VARCHAR", "amount": "JSON", "line_item": "VARCHAR",
                        {% for name in openai_owners() %}"{{ name }}": "VARCHAR", {% endfor %}
                        "quantity": "VARCHAR", "quantity_unit": "VARCHAR"
                    }')
        end as answer,
        {{ unread_fields('result', [
            'object', 'amount', 'line_item', 'quantity', 'quantity_unit', 'organization_name',
        ] + openai_owners()) }} as notice
    from results
),

entries as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        account_id,
        started_at,
        ended_at,
        nullif(concat_ws('; ', notice, delivery_notice), '') as notice,
        layout_problem,
        superseded_by,
        case
            when json_kind is null or json_kind != 'OBJECT' then 'result is no JSON object'
            when coalesce(answer.object, '') != 'organization.costs.result'
                then 'unknown object ' || coalesce(left(answer.object, 80), '(none)')
        end as entry_problem,
        {
            'amount_value': {{ json_text('answer.amount', '$.value') }},
            'amount_currency': {{ json_text('answer.amount', '$.currency') }},
            'line_item': answer.line_item,
            'quantity': answer.quantity,
            'quantity_unit': answer.quantity_unit,
            {%- for name in openai_owners() %}
                '{{ name }}': answer.{{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        } as entry
    from parsed
),

records as (
    {{ openai_cost_records('entries') }}
)

select * from records
