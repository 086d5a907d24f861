with charge_parts as (
    select * from {{ ref('charge_parts') }}
),

classes as (
    select
        charge_id,
        classification,
        sum(effective_cost) as effective_cost
    from charge_parts
    group by charge_id, classification
),

-- A charge has one word, that of its larger part. Of equal parts waste is named, not hidden.
final as (
    select
        charge_id,
        arg_max(
            classification,
            (
                abs(effective_cost),
                case classification when 'Waste' then 2 when 'Investment' then 1 else 0 end
            )
        ) as classification
    from classes
    group by charge_id
)

select * from final
