with outcomes as (
    select * from {{ ref('outcomes') }}
),

departments as (
    select * from {{ ref('departments') }}
),

identities as (
    select * from {{ ref('identities') }}
),

people as (
    select * from {{ ref('people') }}
),

-- A department may be called by its id, its name or its cost centre.
department_names as (
    select distinct
        unnest([
            {{ known_text('department_id') }},
            {{ known_text('department_name') }},
            {{ known_text('cost_centre') }}
        ]) as known_name,
        department_id,
        department_name,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from departments
),

staff as (
    select distinct
        {{ pseudonym('identities.identity') }} as user_id,
        people.department_id,
        coalesce(people.valid_from, date '1900-01-01') as valid_from,
        coalesce(people.valid_to, date '9999-12-31') as valid_to
    from identities
    inner join people on identities.person_id = people.person_id
),

dated as (
    select
        *,
        cast(occurred_at as date) as occurred_on,
        {{ known_text('department') }} as department_key
    from outcomes
),

named as (
    select
        dated.outcome_id,
        min(department_names.department_name) as department
    from dated
    inner join department_names
        on
            dated.department_key = department_names.known_name
            and dated.occurred_on >= department_names.valid_from
            and dated.occurred_on < department_names.valid_to
    group by dated.outcome_id
),

-- Who reached it, where no known department is stated.
staffed as (
    select
        dated.outcome_id,
        min(department_names.department_name) as department
    from dated
    inner join staff
        on
            dated.user_id = staff.user_id
            and dated.occurred_on >= staff.valid_from
            and dated.occurred_on < staff.valid_to
    inner join department_names
        on
            staff.department_id = department_names.department_id
            and dated.occurred_on >= department_names.valid_from
            and dated.occurred_on < department_names.valid_to
    group by dated.outcome_id
),

final as (
    select
        dated.outcome_id,
        dated.outcome_type,
        dated.occurred_at,
        dated.occurred_on,
        cast(date_trunc('month', dated.occurred_on) as date) as outcome_month,
        coalesce(named.department, staffed.department, 'Unattributed') as department,
        {{ known_text('dated.feature') }} as feature,
        dated.quantity,
        dated.status = 'assumed' as is_assumed,
        dated.status = 'reversed' as is_reverted,
        if(dated.status = 'reversed', cast(dated.reported_at as date), null) as reverted_on,
        case
            when dated.correlation_value is null then null
            when lower(dated.correlation_key) in ('request_id', 'request') then 'request'
            when lower(dated.correlation_key) in ('session_id', 'session') then 'session'
            else 'tag'
        end as join_key,
        dated.correlation_key as tag_key,
        dated.correlation_value as join_value
    from dated
    left join named on dated.outcome_id = named.outcome_id
    left join staffed on dated.outcome_id = staffed.outcome_id
)

select * from final
