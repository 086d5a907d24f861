{{ config(materialized='table') }}

with allocated_lines as (
    select * from {{ ref('allocated_lines') }}
),

allocations as (
    select * from {{ ref('allocations') }}
),

charged_usage as (
    select * from {{ ref('charged_usage') }}
),

priced_usage as (
    select * from {{ ref('priced_usage') }}
),

-- A line that was divided stands in allocated_lines as its parts.
undivided as (
    select
        allocated_lines.charge_id,
        allocated_lines.commitment_discount_id,
        coalesce(allocations.charge_id, allocated_lines.charge_id) as line_name,
        allocated_lines.charge_scope = 'usage'
        and allocated_lines.charge_category = 'Usage' as is_usage,
        if(
            allocated_lines.allocated_resource_id is not null,
            regexp_extract(allocated_lines.allocated_method_id, 'usage:([^+]+)', 1),
            null
        ) as key_dataset
    from allocated_lines
    left join allocations on allocated_lines.charge_id = allocations.part_id
),

-- A line that a commitment covers in part has the commitment's name behind its own.
traced as (
    select
        *,
        if(
            ends_with(line_name, '/' || commitment_discount_id),
            left(line_name, len(line_name) - len(commitment_discount_id) - 1),
            line_name
        ) as line_id
    from undivided
),

charges_of_calls as (
    select charge_id
    from charged_usage
    group by charge_id
    having bool_and(is_call)
),

logs_of_calls as (
    select source_dataset
    from priced_usage
    group by source_dataset
    having bool_and({{ is_one_call() }})
),

final as (
    select
        traced.charge_id,
        traced.line_id,
        case
            when not traced.is_usage then 'no usage'
            when coalesce(charges_of_calls.charge_id, logs_of_calls.source_dataset) is not null
                then 'calls'
            else 'totals'
        end as seen_as
    from traced
    left join charges_of_calls on traced.line_id = charges_of_calls.charge_id
    left join logs_of_calls on traced.key_dataset = logs_of_calls.source_dataset
)

select * from final
