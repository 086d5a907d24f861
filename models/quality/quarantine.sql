with records as (
    select * from {{ ref('landing_records') }}
),

files as (
    select * from {{ ref('landing_files') }}
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        problem as reason,
        tokens,
        amount,
        currency
    from records
    where record_status = 'quarantined'
    union all by name
    select
        source_dataset,
        source_file,
        problem as reason
    from files
    where status = 'refused'
)

select * from final
