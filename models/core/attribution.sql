{{ config(materialized='table') }}

with usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('usage') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

seats as (
    select * from {{ ref('contracted_seats') }}
),

-- What a seat costs may begin before its list, with the year it is paid for, or after a bill's last
-- day.
charged_seats as (
    select * from {{ ref('sourced_seats') }}
    where is_billing_source
),

allocation_targets as (
    select * from {{ ref('allocation_targets') }}
),

-- A prepayment is charged when it is bought, and what is left of it when it lapses.
commitment_days as (
    select
        'organisation/contracts' as source_dataset,
        service,
        unnest([commitment_start, commitment_end - 1]) as charged_on
    from {{ ref('contracts') }}
    where drawn_down
),

later_days as (
    select * from {{ ref('later_days') }}
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

gateways as (
    select source_dataset from {{ ref('datasets') }}
    where evidence in ('gateway log', 'trace')
),

people as (
    select
        {{ pseudonym('identities.identity') }} as user_id,
        {{ pseudonym('people.person_id') }} as person,
        identities.identity_type = 'gateway_user' as is_gateway_user,
        people.department_id,
        people.project_code,
        coalesce(people.valid_from, date '1900-01-01') as valid_from,
        coalesce(people.valid_to, date '9999-12-31') as valid_to
    from {{ ref('identities') }} as identities
    inner join {{ ref('people') }} as people on identities.person_id = people.person_id
),

evidence as (
    {{ evidence_rows('usage', 'cast(started_at as date)', evidence_of('usage')) }}
    union
    {{ evidence_rows('bill_lines', 'cast(period_start as date)', evidence_of('bill')) }}
    union
    {{ evidence_rows('focus_lines', 'cast(period_start as date)', evidence_of('focus')) }}
    union
    {{ evidence_rows('seats', held_from(), evidence_of('seat')) }}
    union
    {{ evidence_rows('charged_seats', 'unbilled_from', evidence_of('seat')) }}
    union
    {{ evidence_rows('allocation_targets', 'charged_on', evidence_of('allocation')) }}
    union
    {{ evidence_rows('commitment_days', 'charged_on', []) }}
    union
    {{ evidence_rows('later_days', 'charged_on', evidence_columns()) }}
),

-- A department may be called by its id, its name or its cost centre. Names outside this list,
-- such as a caller's typing error, are no evidence.
department_names as (
    select
        department_id,
        valid_from,
        valid_to,
        unnest(list_distinct([
            {{ known_text('department_id') }},
            {{ known_text('department_name') }},
            {{ known_text('cost_centre') }}
        ])) as known_name
    from departments
),

named as (
    select
        evidence.evidence_key,
        evidence.charged_on,
        evidence_names.strength,
        evidence_names.attribution_source,
        evidence_names.known_name
    from evidence
    cross join lateral (
        values
        (1, 'header', evidence.header_department),
        (
            2,
            if(evidence.source_dataset = 'allocation', 'allocation', 'tag'),
            evidence.tag_department
        ),
        (3, 'metadata', evidence.metadata_department),
        (5, 'team', {{ known_text('evidence.team_name') }}),
        (6, 'project', {{ known_text('evidence.cost_center') }})
    ) as evidence_names (strength, attribution_source, known_name)
),

keyed as (
    select
        evidence.evidence_key,
        evidence.source_dataset,
        evidence.charged_on,
        match_keys.strength,
        match_keys.attribution_source,
        match_keys.match_key,
        match_keys.match_value
    from evidence
    cross join lateral (
        values
        (4, 'key', 'credential', evidence.credential_id),
        (4, 'key', 'credential_name', evidence.credential_name),
        (5, 'team', 'team', evidence.team_id),
        (5, 'team', 'team_name', evidence.team_name),
        (6, 'project', 'sub_account', evidence.sub_account_id),
        (6, 'project', 'repository', evidence.repository),
        (6, 'project', 'cost_center', evidence.cost_center)
    ) as match_keys (strength, attribution_source, match_key, match_value)
),

-- One name may be one person's at a gateway and another's with a vendor: that of its kind goes
-- first. Of rows that overlap the one that began last is taken.
people_of_evidence as (
    select
        evidence.evidence_key,
        evidence.charged_on,
        people.person,
        people.department_id,
        people.project_code,
        evidence.charged_on >= people.valid_from
        and evidence.charged_on < people.valid_to as is_in_force,
        people.is_gateway_user != (gateways.source_dataset is not null) as is_of_other_kind,
        people.valid_from
    from evidence
    inner join people on evidence.user_id = people.user_id
    left join gateways on evidence.source_dataset = gateways.source_dataset
),

persons as (
    select *
    from people_of_evidence
    qualify
        row_number() over (
            partition by evidence_key
            order by
                is_of_other_kind asc, is_in_force desc, valid_from desc, person asc,
                department_id asc
        ) = 1
),

claims as (
    select
        named.evidence_key,
        named.charged_on,
        named.strength,
        named.attribution_source,
        2147483647 as rule_order,
        department_names.department_id,
        cast(null as varchar) as feature,
        cast(null as varchar) as project_code
    from named
    inner join department_names
        on
            named.known_name = department_names.known_name
            and named.charged_on >= department_names.valid_from
            and named.charged_on < department_names.valid_to
    union all
    select
        keyed.evidence_key,
        keyed.charged_on,
        keyed.strength,
        keyed.attribution_source,
        rules.rule_order,
        rules.department_id,
        rules.feature,
        rules.project_code
    from keyed
    inner join rules
        on
            keyed.match_key = rules.match_key
            and lower(keyed.match_value) = lower(rules.match_value)
            and keyed.source_dataset = coalesce(rules.source_dataset, keyed.source_dataset)
            and keyed.charged_on >= coalesce(rules.valid_from, date '1900-01-01')
            and keyed.charged_on < coalesce(rules.valid_to, date '9999-12-31')
    union all
    select
        evidence_key,
        charged_on,
        7 as strength,
        'user' as attribution_source,
        2147483647 as rule_order,
        department_id,
        null as feature,
        project_code
    from persons
    where is_in_force
),

-- A department that is not in force on the day answers nothing.
answers as (
    select claims.* replace (departments.department_id as department_id)
    from claims
    left join departments
        on
            claims.department_id = departments.department_id
            and claims.charged_on >= departments.valid_from
            and claims.charged_on < departments.valid_to
),

-- The strongest claim to each question wins; a claim may answer only some of them.
decided as (
    select
        evidence_key,
        arg_min(
            department_id, (strength, rule_order, department_id)
        ) filter (where department_id is not null) as department_id,
        arg_min(
            attribution_source, (strength, rule_order, department_id)
        ) filter (where department_id is not null) as attribution_source,
        arg_min(
            feature, (strength, rule_order, feature)
        ) filter (where feature is not null) as feature,
        arg_min(
            project_code, (strength, rule_order, project_code)
        ) filter (where project_code is not null) as project_code
    from answers
    group by evidence_key
),

owners as (
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
        coalesce(
            projects.service_now_cost_centre, departments.service_now_cost_centre
        ) as service_now_cost_centre
    from evidence
    left join decided on evidence.evidence_key = decided.evidence_key
    left join persons on evidence.evidence_key = persons.evidence_key
    left join departments
        on
            decided.department_id = departments.department_id
            and evidence.charged_on >= departments.valid_from
            and evidence.charged_on < departments.valid_to
    left join projects
        on
            decided.project_code = projects.project_code
            and evidence.charged_on >= projects.valid_from
            and evidence.charged_on < projects.valid_to
),

final as (
    select
        *,
        md5(concat_ws(
            chr(31)
            {%- for name in [
                'department_name', 'cost_centre', 'gl_code', 'business_unit', 'project_code',
                'jira_project', 'jira_team', 'service_now_ci', 'service_now_cost_centre', 'person',
            ] %}, coalesce({{ name }}, '')
            {%- endfor %}
        )) as owner_key
    from owners
)

select * from final
