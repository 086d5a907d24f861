with files as (
    select * from {{ ref('landing_files') }}
    where source_dataset is not null
),

contents as (
    select * from {{ ref('delivery_contents') }}
),

-- What a manifest says is of every account of its delivery.
manifests as (
    select
        source_dataset,
        delivery,
        max(delivered_at) as delivered_at,
        any_value(order_known_by) as order_known_by,
        max(delivery_rank) as delivery_order,
        min(period_from) as period_from,
        max(period_to) as period_to,
        any_value(period_known_by) as period_known_by,
        string_agg(source_file || ': ' || problem, '; ' order by source_file)
            filter (where not is_complete) as manifest_problem
    from files
    where status = 'manifest'
    group by source_dataset, delivery
),

-- A file without any record belongs to the account that its place names.
file_accounts as (
    select
        files.*,
        coalesce(contents.account_id, files.account_folder) as account_id,
        coalesce(contents.record_status, 'none') as record_status,
        contents.record_count,
        contents.missing_pages,
        contents.missing_words,
        contents.first_day,
        contents.last_day,
        manifests.manifest_problem
    from files
    left join contents
        on
            files.source_dataset = contents.source_dataset
            and files.source_file = contents.source_file
    left join manifests
        on
            files.source_dataset = manifests.source_dataset
            and files.delivery = manifests.delivery
    where files.status in ('read', 'refused')
),

final as (
    select
        source_dataset,
        delivery,
        account_id,
        max(delivered_at) as delivered_at,
        any_value(order_known_by) as order_known_by,
        max(delivery_rank) as delivery_order,
        string_agg(distinct coalesce(place, '.'), ', ' order by coalesce(place, '.')) as places,
        count(distinct source_file) filter (where status = 'read') as file_count,
        count(distinct source_file) filter (where status = 'refused') as refused_count,
        min(period_from) as period_from,
        max(period_to) as period_to,
        min(period_known_by) as period_known_by,
        count(distinct source_file) filter (where period_from is null) = 0 as is_named_throughout,
        min(first_day) as first_day,
        max(last_day) + 1 as end_day,
        coalesce(sum(record_count) filter (where record_status = 'accepted'), 0) as accepted_count,
        coalesce(sum(record_count) filter (where record_status = 'superseded'), 0)
            as superseded_count,
        coalesce(sum(record_count) filter (where record_status = 'duplicate'), 0)
            as duplicate_count,
        coalesce(sum(record_count) filter (where record_status = 'quarantined'), 0)
            as quarantined_count,
        any_value(missing_words) as missing_words,
        any_value(manifest_problem) as manifest_problem
    from file_accounts
    group by source_dataset, delivery, account_id
    union all by name
    select
        manifests.*,
        0 as file_count,
        0 as refused_count,
        true as is_named_throughout,
        0 as accepted_count,
        0 as superseded_count,
        0 as duplicate_count,
        0 as quarantined_count
    from manifests
    anti join file_accounts
        on
            manifests.source_dataset = file_accounts.source_dataset
            and manifests.delivery = file_accounts.delivery
)

select * from final
