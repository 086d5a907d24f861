{#- Some thousand expressions: DuckDB would take longer to estimate what they yield than to evaluate
    them on a company's year. -#}
{{ config(
    materialized='table',
    pre_hook="set disabled_optimizers = 'statistics_propagation'",
    post_hook="reset disabled_optimizers",
) }}

with evaluated as (
    {{ evaluate_rules() | indent(4) }}
),

rules as (
    select * from {{ ref('focus_rules') }}
),

leaves as (
    select
        rules.focus_version,
        rules.dataset,
        rules.rule_id,
        rules.column_name,
        rules.keyword,
        evaluated.violations,
        evaluated.stated_violations as provider_violations,
        if(
            evaluated.stated_violations = evaluated.violations,
            evaluated.stated_example,
            coalesce(evaluated.example, evaluated.stated_example)
        ) as example
    from evaluated
    inner join rules using (focus_version, dataset, rule_id)
),

-- A rule that consists of others is violated where one of them is, at whatever depth.
parts as (
    select
        rules.focus_version,
        rules.rule_id,
        unnest(string_split(rules.parts, ' ')) as part_id
    from rules
    where rules.check_kind = 'composite'
),

depths as (
    with recursive descendants as (
        select * from parts
        union
        select
            descendants.focus_version,
            descendants.rule_id,
            parts.part_id
        from descendants
        inner join parts
            on
                descendants.focus_version = parts.focus_version
                and descendants.part_id = parts.rule_id
    )

    select * from descendants
),

composites as (
    select
        rules.focus_version,
        rules.dataset,
        rules.rule_id,
        rules.column_name,
        rules.keyword,
        cast(count(*) filter (where leaves.violations > 0) as bigint) as violations,
        cast(
            count(*) filter (
                where leaves.violations > 0 and leaves.violations = leaves.provider_violations
            ) as bigint
        ) as provider_violations,
        coalesce(
            min(leaves.rule_id) filter (where leaves.violations > leaves.provider_violations),
            min(leaves.rule_id) filter (where leaves.violations > 0)
        ) as example
    from rules
    inner join depths using (focus_version, rule_id)
    inner join leaves
        on depths.focus_version = leaves.focus_version and depths.part_id = leaves.rule_id
    where leaves.keyword in ('MUST', 'MUST NOT') or rules.keyword not in ('MUST', 'MUST NOT')
    group by
        rules.focus_version,
        rules.dataset,
        rules.rule_id,
        rules.column_name,
        rules.keyword
),

results as (
    select * from leaves
    union all
    select * from composites
),

waivers as (
    select * from {{ ref('focus_rule_waivers') }}
),

final as (
    select
        results.focus_version,
        results.dataset,
        results.rule_id,
        results.column_name,
        results.keyword,
        case
            when results.violations = 0 then 'pass'
            when waivers.rule_id is not null then 'waived'
            when results.violations = results.provider_violations then 'violated by the provider'
            else 'fail'
        end as verdict,
        results.violations,
        results.provider_violations,
        results.example
    from results
    left join waivers
        on
            results.focus_version = waivers.focus_version
            and results.rule_id = waivers.rule_id
)

select * from final
