with records as (
    select * from {{ ref('base_azure_openai__focus') }}
    where record_status = 'accepted'
),

lines as (
    {{ focus_lines_of('records') }}
),

final as (
    select {{ shape_columns('focus_lines') | join(', ') }}
    from lines
)

{{ as_shape('focus_lines', 'final') }}
