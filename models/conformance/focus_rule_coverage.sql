{{ config(materialized='table') }}

{%- set newest = official_focus_versions() | last %}

with rules as (
    select * from {{ ref('focus_rules') }}
),

results as (
    select * from {{ ref('focus_rule_results') }}
),

official as (
    {{ official_rules() }}
),

own as (
    select * from {{ ref('focus_1_1_rules') }}
),

-- An official rule may be looked at in several datasets and still is one rule.
judged as (
    select
        rules.focus_version,
        rules.rule_id,
        min(rules.answer) as answer,
        min(rules.verdict) as answered,
        min(rules.check_kind) as check_kind,
        count(results.rule_id) as result_count,
        -- A new version's rule without an answer must not pass for one that was withdrawn.
        rules.focus_version = '{{ newest }}'
        and (
            min(rules.verdict) is not distinct from 'checked'
            or coalesce(min(rules.verdict), min(rules.answer), min(rules.check_kind)) is null
        ) as is_open
    from rules
    left join results
        on
            rules.focus_version = results.focus_version
            and rules.dataset = results.dataset
            and rules.rule_id = results.rule_id
    group by rules.focus_version, rules.rule_id
),

active as (
    select
        focus_version,
        dataset,
        rule_id,
        column_name,
        rule_type,
        keyword,
        criteria
    from official
    union all by name
    select
        focus_version,
        dataset,
        rule_id,
        column_name,
        'Static' as rule_type,
        keyword
    from own
),

final as (
    select
        active.focus_version,
        active.dataset,
        active.rule_id,
        active.column_name,
        active.keyword,
        case
            when active.keyword in ('MAY', 'OPTIONAL') then 'permission'
            when judged.check_kind = 'schema' and judged.result_count > 0
                then 'enforced by contract'
            when judged.result_count > 0 then 'checked'
            when judged.is_open then 'unanswered'
            when judged.answered != 'checked' then judged.answered
            else 'needs knowledge outside the data'
        end as verdict,
        case
            when active.keyword in ('MAY', 'OPTIONAL') then 'allows, so that nothing can violate it'
            when judged.is_open and judged.result_count = 0
                then 'the seed focus_rule_answers has no answer for this version'
            when judged.answered = 'checked' and judged.result_count = 0
                then 'its check reads what this version does not have'
            when judged.answer is not null then judged.answer
            when judged.check_kind = 'composite' and judged.result_count > 0 then 'by its parts'
            when judged.check_kind = 'composite' then 'so do all of its parts'
            when judged.check_kind = 'schema' then 'name and type of the column'
            when judged.result_count > 0 then 'looked at in the data'
            else 'withdrawn by a later version, where what took its place is looked at'
        end as reason
    from active
    left join judged
        on active.focus_version = judged.focus_version and active.rule_id = judged.rule_id
)

select * from final
