with seats as (
    select * from {{ ref('seats') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

charge_lines as (
    select * from {{ ref('charge_lines') }}
    where charge_period_end > charge_period_start + interval '1 day'
),

people as (
    select
        {{ pseudonym('identities.identity') }} as user_id,
        people.valid_from,
        people.valid_to
    from {{ ref('identities') }} as identities
    inner join {{ ref('people') }} as people on identities.person_id = people.person_id
),

evidence as (
    {{ evidence_rows('seats', 'month_start', evidence_of('seat')) }}
    union
    {{ evidence_rows('bill_lines', 'cast(period_start as date)', evidence_of('bill')) }}
),

periods as (
    select
        evidence_key,
        cast(min(charge_period_start) as date) as first_day,
        cast(max(charge_period_end) as date) as end_day
    from charge_lines
    group by evidence_key
),

changes as (
    select
        user_id,
        valid_from as changed_on
    from people
    union
    select
        user_id,
        valid_to as changed_on
    from people
),

changed as (
    select
        evidence.source_dataset,
        evidence.service,
        changes.changed_on as charged_on,
        {%- for name in evidence_columns() %}
            evidence.{{ name }},
        {%- endfor %}
        evidence.evidence_key as first_evidence_key
    from evidence
    inner join periods on evidence.evidence_key = periods.evidence_key
    inner join changes
        on
            evidence.user_id = changes.user_id
            and periods.first_day < changes.changed_on
            and periods.end_day > changes.changed_on
),

final as (
    select
        *,
        {{ evidence_key('charged_on', evidence_columns()) }} as evidence_key
    from changed
)

select * from final
