{{ config(materialized='table') }}

with usage_findings as (
    select * from {{ ref('usage_findings') }}
),

charged_usage as (
    select * from {{ ref('charged_usage') }}
),

usage_allocations as (
    select * from {{ ref('usage_allocations') }}
),

allocations as (
    select * from {{ ref('allocations') }}
),

allocated_lines as (
    select * from {{ ref('allocated_lines') }}
),

line_parts as (
    select * from {{ ref('line_parts') }}
),

-- Charges made of usage: the part is what was found of the charge's quantity, at its price.
weights as (
    select
        charge_id,
        sum(weight) as weight,
        any_value(unit_price) as unit_price,
        sum(priced_cost) as priced_cost
    from charged_usage
    group by charge_id
),

found_in_usage as (
    select
        charged_usage.charge_id,
        usage_findings.rule_id,
        usage_findings.finding,
        usage_findings.classification,
        count(*) as usage_rows,
        sum(
            {{ whole_units('charged_usage.weight', 10) }}
            * {{ whole_units('usage_findings.found_unit_price', 8) }}
        ) as found_units,
        sum(usage_findings.found_cost) as found_cost
    from usage_findings
    inner join charged_usage on usage_findings.usage_id = charged_usage.usage_id
    group by all
),

of_usage as (
    select
        found.charge_id as line_id,
        found.rule_id,
        found.finding,
        found.classification,
        found.usage_rows,
        {{ part_of_units(
            whole_ratio(),
            'found.found_units // ' ~ whole_units('weights.unit_price', 8),
            'greatest(' ~ whole_units('weights.weight', 10) ~ ', 1)'
        ) }} as ratio_units,
        found.found_cost,
        weights.priced_cost
    from found_in_usage as found
    inner join weights on found.charge_id = weights.charge_id
),

-- Lines of bills that a log divides: the part is what was found of the owner's logged quantity, or
-- cost where the log was weighed by cost.
logged_parts as (
    select
        usage_allocations.*,
        allocations.part_id,
        allocations.ratio_units as part_ratio_units,
        allocated_lines.service,
        allocated_lines.account_id,
        allocated_lines.sub_account_id,
        lower(allocated_lines.x_ai_model) as model_key,
        allocated_lines.meter,
        coalesce(allocated_lines.service_tier, 'standard') as service_tier,
        cast(allocated_lines.charge_period_start as date) as used_from,
        cast(allocated_lines.charge_period_end - interval '1 microsecond' as date) as used_until
    from usage_allocations
    inner join allocations
        on {{ part_id('usage_allocations') }} = allocations.part_id
    inner join allocated_lines on allocations.part_id = allocated_lines.charge_id
    where usage_allocations.owner_key is not null and usage_allocations.usage_quantity > 0
),

found_in_logs as (
    select
        source_dataset,
        service,
        account_id,
        sub_account_id,
        cast(started_at as date) as used_on,
        model_key,
        meter,
        service_tier,
        owner_key,
        feature,
        currency,
        rule_id,
        finding,
        classification,
        count(*) as usage_rows,
        sum(
            {{ part_of_units(
                whole_units('quantity', 4), whole_units('found_unit_price', 8),
                whole_units('unit_price', 8)
            ) }}
        ) as quantity_units,
        sum({{ whole_units('found_cost', 10) }}) as cost_units
    from usage_findings
    group by all
),

-- Found is part of what was logged; logged is the owner's share of the line, which may be larger by
-- the share that a rule gave.
matched as (
    select
        parts.part_id,
        parts.ratio_units,
        parts.part_ratio_units,
        found.rule_id,
        found.finding,
        found.classification,
        sum(found.usage_rows) as usage_rows,
        sum(
            if(parts.usage_unit = found.currency, found.cost_units, found.quantity_units)
        ) as found_units,
        any_value(if(
            parts.usage_unit = found.currency,
            {{ whole_units('parts.usage_quantity', 10) }},
            {{ whole_units('parts.usage_quantity', 4) }}
        )) as logged_units
    from logged_parts as parts
    inner join found_in_logs as found
        on
            parts.key_dataset = found.source_dataset
            and parts.service = found.service
            and parts.owner_key = found.owner_key
            and parts.feature is not distinct from found.feature
            and parts.service_tier = found.service_tier
            and found.used_on between parts.used_from and parts.used_until
            and coalesce(parts.model_key, found.model_key, '') = coalesce(found.model_key, '')
            and coalesce(parts.meter, found.meter) = found.meter
            and coalesce(parts.account_id, found.account_id, '')
            = coalesce(found.account_id, parts.account_id, '')
            and coalesce(parts.sub_account_id, found.sub_account_id, '')
            = coalesce(found.sub_account_id, parts.sub_account_id, '')
    group by all
),

located as (
    select
        line_parts.charge_id,
        of_usage.rule_id,
        of_usage.finding,
        of_usage.classification,
        of_usage.usage_rows,
        of_usage.ratio_units,
        of_usage.found_cost,
        of_usage.priced_cost
    from of_usage
    inner join line_parts on of_usage.line_id = line_parts.line_id
    union all by name
    select
        part_id as charge_id,
        rule_id,
        finding,
        classification,
        usage_rows,
        {{ part_of_units(
            part_of_units(whole_ratio(), 'least(found_units, logged_units)', 'logged_units'),
            'ratio_units', 'part_ratio_units'
        ) }} as ratio_units
    from matched
),

final as (
    select
        charge_id,
        rule_id,
        finding,
        classification,
        cast(usage_rows as bigint) as usage_rows,
        cast(ratio_units as bigint) as ratio_units,
        found_cost,
        priced_cost
    from located
    where ratio_units > 0
)

select * from final
