with events as (
    select * from {{ ref('base_outcomes__events') }}
    where record_status = 'accepted'
),

metrics as (
    select * from {{ ref('base_outcomes__metrics') }}
    where record_status = 'accepted'
),

pull_requests as (
    select * from {{ ref('base_outcomes__github_pull_requests') }}
    where record_status = 'accepted'
),

final as (
    select
        concat_ws('/', source_dataset, account_folder, record_id) as outcome_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        outcome_type,
        occurred_at,
        status,
        quantity,
        value_amount,
        value_currency,
        department,
        feature,
        user_id,
        correlation_key,
        correlation_value,
        source_system,
        reported_at
    from events
    union all by name
    -- A count of a day is no event that could be taken back: a newer delivery states it again.
    select
        concat_ws('/', source_dataset, account_folder, record_id) as outcome_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        outcome_type,
        cast(outcome_date as timestamp) as occurred_at,
        'confirmed' as status,
        quantity
    from metrics
    union all by name
    select
        concat_ws('/', source_dataset, account_folder, record_id) as outcome_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'pr_merged' as outcome_type,
        merged_at as occurred_at,
        'confirmed' as status,
        1 as quantity,
        user_id,
        if(branch is not null, 'branch', null) as correlation_key,
        branch as correlation_value,
        'github' as source_system,
        updated_at as reported_at
    from pull_requests
)

{{ as_shape('outcomes', 'final') }}
