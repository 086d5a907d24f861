{{ config(materialized='table') }}

{%- set measures = [
    'amount_value', 'amount_currency', 'quantity', 'quantity_unit', 'line_item',
] %}

with lines as (
    select * from {{ source('openai', 'costs_csv') }}
),

csv as (
    {{ csv_records('lines') }}
),

-- The export of 2025 has neither quantities nor keys; columns are found by their names.
files as (
    {{ csv_files('csv', {
        'dashboard costs': {
            'needed': [
                'start_time', 'end_time', 'amount_value', 'amount_currency', 'line_item',
                'project_id',
            ],
            'known': [
                'start_time_iso', 'end_time_iso', 'quantity', 'quantity_unit', 'user_id',
                'api_key_id', 'organization_id', 'project_name', 'organization_name', 'user_email',
                'api_source',
            ],
        },
    }) }}
),

known_rows as (
    {{ rows_of_known_files('csv') }}
),

known_entries as (
    {{ openai_csv_entries(
        'known_rows', 'organization.costs.result', measures, openai_owners(),
        is_readable=exact_amount('entry.amount_value') ~ ' is not null',
        amount=exact_amount('entry.amount_value'),
    ) }}
),

unknown_files as (
    {{ openai_unknown_files('files') }}
),

entries as (
    select * from known_entries
    union all by name
    select * from unknown_files
),

records as (
    {{ openai_cost_records('entries') }}
)

select * from records
