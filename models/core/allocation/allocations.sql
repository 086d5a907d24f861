{{ config(materialized='table') }}

with usage_allocations as (
    select * from {{ ref('usage_allocations') }}
),

rule_allocations as (
    select * from {{ ref('rule_allocations') }}
),

day_allocations as (
    select * from {{ ref('day_allocations') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

-- A rule divides the whole line, or the part that the log left open.
told as (
    select
        usage_allocations.charge_id,
        usage_allocations.owner_key,
        usage_allocations.feature,
        usage_allocations.evidence_key,
        usage_allocations.ratio_units,
        'usage:' || usage_allocations.key_dataset as part_method,
        usage_allocations.usage_quantity,
        usage_allocations.usage_unit
    from usage_allocations
    anti join rule_allocations
        on
            usage_allocations.charge_id = rule_allocations.charge_id
            and usage_allocations.owner_key is null
    union all
    select
        rule_allocations.charge_id,
        attribution.owner_key,
        cast(null as varchar) as feature,
        rule_allocations.evidence_key,
        rule_allocations.ratio_units,
        'rule:' || rule_allocations.rule_id as part_method,
        cast(null as {{ money_type() }}) as usage_quantity,
        cast(null as varchar) as usage_unit
    from rule_allocations
    left join attribution on rule_allocations.evidence_key = attribution.evidence_key
    where rule_allocations.ratio_units > 0
    union all
    select
        charge_id,
        owner_key,
        feature,
        evidence_key,
        ratio_units,
        'days' as part_method,
        day_count as usage_quantity,
        'Days' as usage_unit
    from day_allocations
),

-- Who owned a line on which of its days is no matter of dividing bills.
parts as (
    select * from told
    where {{ var('allocate_bills') }} or part_method = 'days'
),

-- Whoever has a share by the log and another by a rule has one part.
owned as (
    select
        charge_id,
        owner_key,
        feature,
        min(evidence_key) as evidence_key,
        cast(sum(ratio_units) as bigint) as ratio_units,
        sum(usage_quantity) as usage_quantity,
        min(usage_unit) as usage_unit
    from parts
    group by all
),

-- All parts of a line were made by one method, which may be a log and a rule together.
methods as (
    select
        charge_id,
        string_agg(distinct part_method, '+' order by part_method desc) as method_id
    from parts
    group by charge_id
),

described as (
    select
        owned.*,
        methods.method_id,
        {{ decimal_of_units('owned.ratio_units', 12, 'decimal(13, 12)') }} as ratio,
        attribution.department_name,
        attribution.cost_centre,
        attribution.project_code,
        attribution.person
    from owned
    inner join methods on owned.charge_id = methods.charge_id
    left join attribution on owned.evidence_key = attribution.evidence_key
),

final as (
    select
        charge_id,
        {{ part_id('described') }} as part_id,
        evidence_key,
        feature,
        ratio_units,
        method_id as allocated_method_id,
        '{"Elements":[{"AllocatedRatio":' || ratio
        || if(
            usage_quantity is not null,
            ',"UsageUnit":' || to_json(usage_unit) || ',"UsageQuantity":'
            || {{ plain_number('usage_quantity') }},
            ''
        ) || '}]}' as allocated_method_details,
        if(
            owner_key is not null,
            concat_ws('/', department_name, cost_centre, project_code, feature, person),
            null
        ) as allocated_resource_id,
        if(
            owner_key is not null,
            concat_ws(' / ', department_name, project_code, feature, person),
            null
        ) as allocated_resource_name,
        if(
            owner_key is not null,
            {{ json_object_text({
                'ai_spend:department': 'department_name',
                'ai_spend:cost_centre': 'cost_centre',
                'ai_spend:project': 'project_code',
                'ai_spend:feature': 'feature',
            }) }},
            null
        ) as allocated_tags
    from described
)

select * from final
