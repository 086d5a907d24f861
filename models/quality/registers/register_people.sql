with attribution as (
    select * from {{ ref('attribution') }}
),

signals as (
    select * from {{ ref('seat_signals') }}
),

identities as (
    {{ register_rows('organisation', 'identities') }}
),

people as (
    {{ register_rows('organisation', 'people') }}
),

departments as (
    {{ register_rows('organisation', 'departments') }}
),

projects as (
    {{ register_rows('organisation', 'projects') }}
),

rules as (
    {{ register_rows('organisation', 'attribution_rules') }}
),

exclusions as (
    {{ register_rows('organisation', 'seat_exclusions') }}
),

named as (
    select
        source_dataset,
        charged_on,
        unnest([ -- noqa: AL03
            { 'key': 'credential', 'value': credential_id },
            { 'key': 'credential_name', 'value': credential_name },
            { 'key': 'team', 'value': team_id },
            { 'key': 'team_name', 'value': team_name },
            { 'key': 'sub_account', 'value': sub_account_id },
            { 'key': 'repository', 'value': repository },
            { 'key': 'cost_center', 'value': cost_center }
        ], recursive := true)
    from attribution
),

-- What a rule can look at, day by day. Not in the select above: DuckDB's distinct does not look at
-- all that a recursive unnest yields, and would keep one value of each key.
keys as (
    select distinct * from named
),

-- A list of people is complete, so that many of its rows meet no usage; a rule is made for some.
final as (
    select
        identities.register,
        identities.line,
        identities.identity_type || ' ' || {{ hide_email('identities.identity') }} as row_key,
        cast(count(attribution.evidence_key) as bigint) as matched_count,
        false as is_expected
    from identities
    left join attribution on {{ pseudonym('identities.identity') }} = attribution.user_id
    group by all
    union all
    select
        people.register,
        people.line,
        {{ hide_email('people.person_id') }} || ' in ' || people.department_id as row_key,
        cast(count(attribution.evidence_key) as bigint) as matched_count,
        false as is_expected
    from people
    left join attribution
        on
            {{ pseudonym('people.person_id') }} = attribution.person
            and {{ in_force('people', 'attribution.charged_on') }}
    group by all
    union all
    select
        departments.register,
        departments.line,
        departments.department_id as row_key,
        cast(count(attribution.evidence_key) as bigint) as matched_count,
        false as is_expected
    from departments
    left join attribution
        on
            departments.department_id = attribution.department_id
            and {{ in_force('departments', 'attribution.charged_on') }}
    group by all
    union all
    select
        projects.register,
        projects.line,
        projects.project_code as row_key,
        cast(count(attribution.evidence_key) as bigint) as matched_count,
        false as is_expected
    from projects
    left join attribution
        on
            projects.project_code = attribution.project_code
            and {{ in_force('projects', 'attribution.charged_on') }}
    group by all
    union all
    select
        rules.register,
        rules.line,
        rules.match_key || ' ' || {{ hide_email('rules.match_value') }} as row_key,
        cast(count(keys.key) as bigint) as matched_count,
        true as is_expected
    from rules
    left join keys
        on
            rules.match_key = keys.key
            and lower(rules.match_value) = lower(keys.value)
            and coalesce(rules.source_dataset = keys.source_dataset, true)
            and {{ in_force('rules', 'keys.charged_on') }}
    group by all
    union all
    select
        exclusions.register,
        exclusions.line,
        concat_ws(
            ' ', exclusions.service, exclusions.match_key,
            {{ hide_email('exclusions.match_value') }}
        ) as row_key,
        cast(count(signals.seat_id) as bigint) as matched_count,
        true as is_expected
    from exclusions
    left join signals on {{ exclusion_condition('signals') }}
    group by all
)

select * from final
