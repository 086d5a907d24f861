with official as (
    {{ official_rules() }}
),

own as (
    select * from {{ ref('focus_1_1_rules') }}
),

answers as (
    select * from {{ ref('focus_rule_answers') }}
),

errata as (
    select * from {{ ref('focus_rule_errata') }}
),

-- Rules of 1.2 have the ids of later versions without the dataset in front.
answered as (
    select
        official.*,
        answers.dataset as answered_on,
        answers.verdict,
        answers.answer,
        if(
            list_contains(string_split(answers.focus_versions, ' '), official.focus_version),
            answers.check_kind,
            null
        ) as answered_kind,
        answers.violation as answered_violation
    from official
    left join answers
        on
            official.rule_type = 'Dynamic'
            and answers.rule_id
            in (official.rule_id, 'CAU-' || official.rule_id, 'ATT-' || official.rule_id)
),

final as (
    select
        answered.focus_version,
        if(answered.answered_kind is null, answered.dataset, answered.answered_on) as dataset,
        answered.rule_id,
        answered.column_name,
        answered.rule_type,
        answered.keyword,
        answered.criteria,
        answered.parts,
        case
            when errata.rule_id is not null then errata.check_kind
            else coalesce(answered.check_kind, answered.answered_kind)
        end as check_kind,
        case
            when errata.rule_id is not null then errata.violation
            when answered.check_kind is not null then answered.violation
            when answered.answered_kind is not null then answered.answered_violation
        end as violation,
        answered.verdict,
        coalesce(errata.reason, answered.answer) as answer
    from answered
    left join errata
        on answered.focus_version = errata.focus_version and answered.rule_id = errata.rule_id
    union all by name
    select
        own.focus_version,
        own.dataset,
        own.rule_id,
        own.column_name,
        'Static' as rule_type,
        own.keyword,
        own.check_kind,
        own.violation,
        own.note as answer
    from own
)

select * from final
