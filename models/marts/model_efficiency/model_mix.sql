with model_efficiency as (
    select * from {{ ref('model_efficiency') }}
    where model is not null
),

summed as (
    select
        usage_month,
        department,
        currency,
        model_class,
        sum(charged_cost) as charged_cost,
        cast(sum(calls) as bigint) as calls
    from model_efficiency
    group by all
),

final as (
    select
        *,
        cast(
            charged_cost / nullif(
                sum(charged_cost) over (partition by usage_month, department, currency), 0
            ) as decimal(18, 6)
        ) as cost_share
    from summed
)

select * from final
