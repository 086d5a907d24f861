-- Accepted records and money of each dataset equal those of its shapes, and every id is there once.
with base as (
    select
        source_dataset,
        count(*) as records,
        coalesce(sum(amount), 0) as amount
    from {{ ref('base_github_copilot__billing_usage') }}
    where record_status = 'accepted'
    group by source_dataset
    union all
    select
        source_dataset,
        count(*) as records,
        coalesce(sum(amount), 0) as amount
    from {{ ref('base_github_copilot__seats') }}
    where record_status = 'accepted'
    group by source_dataset
),

shapes as (
    select
        'bill_lines' as shape,
        source_dataset,
        count(*) as records,
        sum(net_amount) as amount,
        count(*) - count(distinct bill_line_id) as ids_missing_or_repeated
    from {{ ref('stg_github_copilot__bill_lines') }}
    group by source_dataset
    union all
    select
        'seats' as shape,
        source_dataset,
        count(*) as records,
        0 as amount,
        count(*) - count(distinct seat_id || month_start) as ids_missing_or_repeated
    from {{ ref('stg_github_copilot__seats') }}
    group by source_dataset
    union all
    select
        'seat_activity' as shape,
        source_dataset,
        count(*) as records,
        0 as amount,
        count(*) - count(distinct seat_id || month_start) as ids_missing_or_repeated
    from {{ ref('stg_github_copilot__seat_activity') }}
    group by source_dataset
),

expected_shapes as (
    select
        base.*,
        unnest(
            if(
                base.source_dataset = 'github_copilot/seats',
                ['seats', 'seat_activity'],
                ['bill_lines']
            )
        ) as shape
    from base
)

select
    coalesce(expected_shapes.source_dataset, shapes.source_dataset) as source_dataset,
    coalesce(expected_shapes.shape, shapes.shape) as shape,
    expected_shapes.records,
    shapes.records as records_in_shape,
    expected_shapes.amount,
    shapes.amount as amount_in_shape,
    shapes.ids_missing_or_repeated
from expected_shapes
full outer join shapes
    on
        expected_shapes.source_dataset = shapes.source_dataset
        and expected_shapes.shape = shapes.shape
where
    expected_shapes.records is distinct from shapes.records
    or expected_shapes.amount is distinct from shapes.amount
    or shapes.ids_missing_or_repeated > 0
