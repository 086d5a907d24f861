with focus_records as (
    select * from {{ ref('base_ibm_watsonx__focus') }}
    where record_status = 'accepted'
),

usage_report as (
    select * from {{ ref('base_ibm_watsonx__usage_report') }}
    where record_status = 'accepted'
),

instances as (
    select * from {{ ref('base_ibm_watsonx__instances_csv') }}
    where record_status = 'accepted'
),

focus_lines as (
    {{ focus_lines_of('focus_records') }}
),

native_lines as (
    select
        *,
        source_dataset || '/' || record_id as focus_line_id
    from usage_report
    union all by name
    select
        *,
        source_dataset || '/' || record_id as focus_line_id
    from instances
),

lines as (
    select * from focus_lines
    union all by name
    select * from native_lines
),

final as (
    select {{ shape_columns('focus_lines') | join(', ') }}
    from lines
)

{{ as_shape('focus_lines', 'final') }}
