with allocated_lines as (
    select * from {{ ref('allocated_lines') }}
),

-- What was paid for and not used. The list price that was paid beside it is no second waste: the
-- commitment would have covered it once.
final as (
    select
        charge_id,
        'idle commitment' as finding,
        coalesce(commitment_discount_id, resource_id) as evidence
    from allocated_lines
    where commitment_discount_status = 'Unused'
)

select * from final
