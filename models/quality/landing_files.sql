{{ config(materialized='table') }}

with files as (
    select * from {{ source('landing', 'files') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

final as (
    select
        files.source_file,
        files.dataset as source_dataset,
        files.account_folder,
        files.folder,
        files.place,
        files.file_bytes,
        files.line_count,
        files.content_sha256,
        files.delivered_on,
        files.delivered_at,
        files.delivery,
        files.order_known_by,
        files.manifest,
        files.is_complete,
        files.period_from,
        files.period_to,
        files.period_known_by,
        files.delivery_rank,
        if(
            files.status = 'read' and datasets.source_dataset is null, 'refused', files.status
        ) as status,
        coalesce(
            files.problem,
            if(
                datasets.source_dataset is null,
                'no reader for this folder: the seed datasets lists those that have one',
                null
            )
        ) as problem
    from files
    left join datasets on files.dataset = datasets.source_dataset
)

select * from final
