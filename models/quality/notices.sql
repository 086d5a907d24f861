with records as (
    select * from {{ ref('landing_records') }}
),

final as (
    select
        source_dataset,
        source_file,
        notice,
        count(*) as record_count
    from records
    where notice is not null
    group by all
)

select * from final
