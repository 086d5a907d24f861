{{ config(materialized='table') }}

with lines as (
    select * from {{ source('openai', 'usage_csv') }}
),

csv as (
    {{ csv_records('lines') }}
),

-- Without the cached part of the input, what is left could not be priced.
files as (
    {{ csv_files('csv', {
        'dashboard completions usage': {
            'needed': [
                'start_time', 'end_time', 'model', 'input_tokens', 'output_tokens',
                'input_cached_tokens',
            ],
            'known': [
                'start_time_iso', 'end_time_iso', 'batch', 'service_tier', 'organization_name',
            ] + openai_usage_counts() + openai_owners(),
        },
    }) }}
),

known_rows as (
    {{ rows_of_known_files('csv') }}
),

known_entries as (
    {{ openai_csv_entries(
        'known_rows', 'organization.usage.completions.result', openai_usage_counts(),
        openai_owners() + ['model', 'batch', 'service_tier'],
        is_readable=exact_count('entry.input_tokens') ~ ' is not null and '
        ~ exact_count('entry.output_tokens') ~ ' is not null',
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
    {{ openai_usage_records('entries') }}
)

select * from records
