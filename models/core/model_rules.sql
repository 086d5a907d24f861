with listed as (
    select * from {{ ref('model_matches') }}
),

corrections as (
    select * from {{ ref('model_match_corrections') }}
),

-- Corrections go before all rules of the list.
final as (
    select
        provider,
        model_id,
        rule_order - 1000000 as rule_order,
        match_kind,
        pattern,
        if(model_id is null, reason, null) as reason
    from corrections
    union all
    select
        provider,
        model_id,
        rule_order,
        match_kind,
        pattern,
        null as reason
    from listed
)

select * from final
