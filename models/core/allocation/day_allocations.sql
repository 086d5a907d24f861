with covered_lines as (
    select * from {{ ref('covered_lines') }}
),

later_days as (
    select * from {{ ref('later_days') }}
),

usage_allocations as (
    select * from {{ ref('usage_allocations') }}
),

rule_allocations as (
    select * from {{ ref('rule_allocations') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

-- What a log or a rule divides, they divide as a whole, unless the company has switched them off.
lines as (
    select
        covered_lines.charge_id,
        covered_lines.evidence_key,
        covered_lines.feature,
        cast(covered_lines.charge_period_start as date) as first_day,
        cast(covered_lines.charge_period_end as date) as end_day
    from covered_lines
    semi join later_days on covered_lines.evidence_key = later_days.first_evidence_key
    {% if var('allocate_bills') %}
        anti join usage_allocations on covered_lines.charge_id = usage_allocations.charge_id
        anti join rule_allocations on covered_lines.charge_id = rule_allocations.charge_id
    {% endif %}
    where covered_lines.allocated_method_id is null
),

starts as (
    select
        *,
        evidence_key as owner_evidence_key,
        first_day as owned_from
    from lines
    union all
    select
        lines.*,
        later_days.evidence_key as owner_evidence_key,
        later_days.charged_on as owned_from
    from lines
    inner join later_days
        on
            lines.evidence_key = later_days.first_evidence_key
            and lines.first_day < later_days.charged_on
            and lines.end_day > later_days.charged_on
),

stays as (
    select
        *,
        date_diff(
            'day',
            owned_from,
            lead(owned_from, 1, end_day) over (partition by charge_id order by owned_from asc)
        ) as day_count
    from starts
),

owned as (
    select
        stays.charge_id,
        attribution.owner_key,
        stays.feature,
        min(stays.owner_evidence_key) as evidence_key,
        sum(stays.day_count) as day_count
    from stays
    inner join attribution on stays.owner_evidence_key = attribution.evidence_key
    group by all
),

floored as (
    select
        *,
        {{ whole_ratio() }} * day_count // sum(day_count) over same_line as floor_ratio,
        {{ whole_ratio() }} * day_count % sum(day_count) over same_line as rest,
        count(*) over same_line as owners
    from owned
    window same_line as (partition by charge_id)
),

final as (
    select
        charge_id,
        owner_key,
        feature,
        evidence_key,
        cast(
            {{ largest_remainder(
                whole_ratio(), 'floor_ratio', 'rest', 'charge_id', 'owner_key asc'
            ) }} as bigint
        ) as ratio_units,
        cast(day_count as {{ money_type() }}) as day_count
    from floored
    where owners > 1
)

select * from final
