{{ config(materialized='table') }}

with allocated_lines as (
    select * from {{ ref('allocated_lines') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

found_parts as (
    select * from {{ ref('found_parts') }}
),

line_parts as (
    select * from {{ ref('line_parts') }}
),

rules as (
    select * from {{ ref('class_rules') }}
),

found_charges as (
    select
        charge_id,
        finding,
        {{ whole_ratio() }} as ratio_units
    from {{ ref('usage_after_project_end') }}
    union all
    select
        charge_id,
        finding,
        {{ whole_ratio() }} as ratio_units
    from {{ ref('idle_commitments') }}
    union all
    select
        charge_id,
        finding,
        ratio_units
    from {{ ref('ghost_seat_charges') }}
),

lines as (
    select
        allocated_lines.charge_id,
        allocated_lines.service,
        allocated_lines.charge_category,
        allocated_lines.x_plan_type,
        allocated_lines.x_ai_model,
        cast(allocated_lines.charge_period_start as date) as charged_on,
        allocated_lines.effective_cost,
        allocated_lines.billed_cost,
        attribution.department_id,
        attribution.project_code,
        coalesce(allocated_lines.feature, attribution.ruled_feature) as feature
    from allocated_lines
    inner join attribution on allocated_lines.evidence_key = attribution.evidence_key
),

-- The rules about a charge, and how much of it each is about.
ruled as (
    select
        lines.charge_id,
        rules.rule_id,
        rules.rule_order,
        rules.finding,
        rules.classification,
        coalesce(found_charges.ratio_units, {{ whole_ratio() }}) as ratio_units
    from lines
    inner join rules
        on {{ rule_condition({
            'service': 'lines.service', 'department_id': 'lines.department_id',
            'project_code': 'lines.project_code', 'feature': 'lines.feature',
            'model': 'lines.x_ai_model', 'plan_type': 'lines.x_plan_type',
            'charge_category': 'lines.charge_category',
        }, 'lines.charged_on') }}
    left join found_charges
        on lines.charge_id = found_charges.charge_id and rules.finding = found_charges.finding
    where rules.finding is null or found_charges.finding is not null
),

-- The first rule that takes up a charge as a whole.
whole_rules as (
    select * from ruled
    where ratio_units = {{ whole_ratio() }}
    qualify
        row_number() over (
            partition by charge_id order by rule_order asc, rule_id asc
        ) = 1
),

-- A year of a seat may be wasted in some of its months: a part of a charge without calls.
found as (
    select * from found_parts
    union all by name
    select
        charge_id,
        rule_id,
        finding,
        classification,
        cast(0 as bigint) as usage_rows,
        ratio_units
    from ruled
    where ratio_units < {{ whole_ratio() }}
    qualify
        row_number() over (
            partition by charge_id, finding order by rule_order asc, rule_id asc
        ) = 1
),

-- What was found inside a charge, unless an earlier rule has taken the whole.
inside as (
    select
        found.*,
        lines.effective_cost as charge_effective_cost,
        lines.billed_cost as charge_billed_cost
    from found
    inner join lines on found.charge_id = lines.charge_id
    inner join rules on found.rule_id = rules.rule_id
    left join whole_rules on found.charge_id = whole_rules.charge_id
    where
        whole_rules.charge_id is null
        or (rules.rule_order, rules.rule_id) < (whole_rules.rule_order, whole_rules.rule_id)
),

-- Quantity times price where that is what the charge costs, else its share of the cost, rounded
-- down to ten digits: the rest of the charge is what is left of it.
measured as (
    select
        charge_id,
        rule_id,
        finding,
        classification,
        usage_rows,
        if(
            charge_effective_cost = priced_cost,
            found_cost,
            {{ decimal_of_units(
                part_of_units(
                    whole_units('abs(charge_effective_cost)', 10), 'ratio_units', whole_ratio()
                ),
                10, money_type(), sign_of='charge_effective_cost'
            ) }}
        ) as effective_cost,
        if(
            charge_billed_cost = priced_cost,
            found_cost,
            {{ decimal_of_units(
                part_of_units(
                    whole_units('abs(charge_billed_cost)', 10), 'ratio_units', whole_ratio()
                ),
                10, money_type(), sign_of='charge_billed_cost'
            ) }}
        ) as billed_cost
    from inside
),

taken as (
    select
        charge_id,
        sum(effective_cost) as effective_cost,
        sum(billed_cost) as billed_cost
    from measured
    group by charge_id
),

rests as (
    select
        lines.charge_id,
        whole_rules.rule_id,
        whole_rules.finding,
        coalesce(whole_rules.classification, 'Unclassified') as classification,
        cast(0 as bigint) as usage_rows,
        lines.effective_cost - coalesce(taken.effective_cost, 0) as effective_cost,
        lines.billed_cost - coalesce(taken.billed_cost, 0) as billed_cost,
        taken.charge_id is null as is_whole
    from lines
    left join whole_rules on lines.charge_id = whole_rules.charge_id
    left join taken on lines.charge_id = taken.charge_id
),

parts as (
    select * from measured
    union all
    select * exclude (is_whole) from rests
    where is_whole or effective_cost != 0 or billed_cost != 0
),

final as (
    select
        parts.charge_id,
        parts.rule_id,
        parts.finding,
        parts.classification,
        parts.usage_rows,
        line_parts.seen_as,
        cast(parts.effective_cost as {{ money_type() }}) as effective_cost,
        cast(parts.billed_cost as {{ money_type() }}) as billed_cost,
        lines.effective_cost as charge_effective_cost,
        lines.billed_cost as charge_billed_cost
    from parts
    inner join lines on parts.charge_id = lines.charge_id
    inner join line_parts on parts.charge_id = line_parts.charge_id
)

select * from final
