{{ config(materialized='table') }}

{%- set usage_evidence = [
    'header_department', 'tag_department', 'metadata_department', 'credential_id',
    'credential_name', 'team_id', 'team_name', 'sub_account_id', 'user_id',
] %}
{%- set bill_evidence = ['credential_id', 'sub_account_id', 'repository', 'cost_center', 'user_id'] %}
{%- set seat_evidence = ['team_name', 'sub_account_id', 'user_id'] %}

with usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('usage') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

seats as (
    select * from {{ ref('seats') }}
),

departments as (
    select
        * exclude (valid_from, valid_to),
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('departments') }}
),

projects as (
    select
        * exclude (valid_from, valid_to),
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('projects') }}
),

rules as (
    select * from {{ ref('attribution_rules') }}
),

people as (
    select
        {{ pseudonym('identities.identity') }} as user_id,
        {{ pseudonym('people.person_id') }} as person,
        people.department_id,
        people.project_code,
        coalesce(people.valid_from, date '1900-01-01') as valid_from,
        coalesce(people.valid_to, date '9999-12-31') as valid_to
    from {{ ref('identities') }} as identities
    inner join {{ ref('people') }} as people on identities.person_id = people.person_id
),

evidence as (
    {{ evidence_rows('usage', 'cast(started_at as date)', usage_evidence) }}
    union
    {{ evidence_rows('bill_lines', 'cast(period_start as date)', bill_evidence) }}
    union
    {{ evidence_rows('seats', 'month_start', seat_evidence) }}
),

-- A department may be called by its id, its name or its cost centre. Names outside this list,
-- such as a caller's typing error, are no evidence.
department_names as (
    select department_id, valid_from, valid_to, unnest(list_distinct([
        {{ known_text('department_id') }},
        {{ known_text('department_name') }},
        {{ known_text('cost_centre') }}
    ])) as name
    from departments
),

named as (
    select evidence_key, charged_on, 1 as level, 'header' as source, header_department as name
    from evidence
    union all
    select evidence_key, charged_on, 2 as level, 'tag' as source, tag_department as name
    from evidence
    union all
    select evidence_key, charged_on, 3 as level, 'metadata' as source, metadata_department as name
    from evidence
    union all
    select evidence_key, charged_on, 5 as level, 'team' as source, {{ known_text('team_name') }} as name
    from evidence
    union all
    select evidence_key, charged_on, 6 as level, 'project' as source, {{ known_text('cost_center') }} as name
    from evidence
),

keyed as (
    select
        evidence_key, source_dataset, charged_on, 4 as level, 'key' as source,
        'credential' as match_key, credential_id as match_value
    from evidence
    union all
    select evidence_key, source_dataset, charged_on, 4, 'key', 'credential_name', credential_name
    from evidence
    union all
    select evidence_key, source_dataset, charged_on, 5, 'team', 'team', team_id
    from evidence
    union all
    select evidence_key, source_dataset, charged_on, 5, 'team', 'team_name', team_name
    from evidence
    union all
    select evidence_key, source_dataset, charged_on, 6, 'project', 'sub_account', sub_account_id
    from evidence
    union all
    select evidence_key, source_dataset, charged_on, 6, 'project', 'repository', repository
    from evidence
    union all
    select evidence_key, source_dataset, charged_on, 6, 'project', 'cost_center', cost_center
    from evidence
),

claims as (
    select
        named.evidence_key,
        named.charged_on,
        named.level,
        named.source,
        2147483647 as rule_order,
        department_names.department_id,
        cast(null as varchar) as feature,
        cast(null as varchar) as project_code
    from named
    inner join department_names
        on named.name = department_names.name
        and named.charged_on >= department_names.valid_from
        and named.charged_on < department_names.valid_to
    union all
    select
        keyed.evidence_key,
        keyed.charged_on,
        keyed.level,
        keyed.source,
        rules.rule_order,
        rules.department_id,
        rules.feature,
        rules.project_code
    from keyed
    inner join rules
        on keyed.match_key = rules.match_key
        and lower(keyed.match_value) = lower(rules.match_value)
        and keyed.source_dataset = coalesce(rules.source_dataset, keyed.source_dataset)
        and keyed.charged_on >= coalesce(rules.valid_from, date '1900-01-01')
        and keyed.charged_on < coalesce(rules.valid_to, date '9999-12-31')
    union all
    select
        evidence.evidence_key,
        evidence.charged_on,
        7 as level,
        'user' as source,
        2147483647 as rule_order,
        people.department_id,
        null as feature,
        people.project_code
    from evidence
    inner join people
        on evidence.user_id = people.user_id
        and evidence.charged_on >= people.valid_from
        and evidence.charged_on < people.valid_to
),

-- A department that is not in force on the day answers nothing.
answers as (
    select claims.* replace (departments.department_id as department_id)
    from claims
    left join departments
        on claims.department_id = departments.department_id
        and claims.charged_on >= departments.valid_from
        and claims.charged_on < departments.valid_to
),

-- The strongest claim to each question wins; a claim may answer only some of them.
decided as (
    select
        evidence_key,
        arg_min(department_id, (level, rule_order, department_id)) filter (where department_id is not null) as department_id,
        arg_min(source, (level, rule_order, department_id)) filter (where department_id is not null) as attribution_source,
        arg_min(feature, (level, rule_order, feature)) filter (where feature is not null) as feature,
        arg_min(project_code, (level, rule_order, project_code)) filter (where project_code is not null) as project_code
    from answers
    group by evidence_key
),

persons as (
    select evidence.evidence_key, min(people.person) as person
    from evidence
    inner join people on evidence.user_id = people.user_id
    group by evidence.evidence_key
),

final as (
    select
        evidence.*,
        coalesce(persons.person, evidence.user_id) as person,
        decided.department_id,
        coalesce(departments.department_name, 'Unattributed') as department_name,
        coalesce(decided.attribution_source, 'none') as attribution_source,
        departments.cost_centre,
        departments.gl_code,
        departments.business_unit,
        decided.feature as ruled_feature,
        decided.project_code,
        projects.jira_project,
        projects.jira_team,
        coalesce(projects.service_now_ci, departments.service_now_ci) as service_now_ci,
        coalesce(projects.service_now_cost_centre, departments.service_now_cost_centre) as service_now_cost_centre
    from evidence
    left join decided on evidence.evidence_key = decided.evidence_key
    left join persons on evidence.evidence_key = persons.evidence_key
    left join departments
        on decided.department_id = departments.department_id
        and evidence.charged_on >= departments.valid_from
        and evidence.charged_on < departments.valid_to
    left join projects
        on decided.project_code = projects.project_code
        and evidence.charged_on >= projects.valid_from
        and evidence.charged_on < projects.valid_to
)

select * from final
