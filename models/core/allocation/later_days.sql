with seats as (
    select * from {{ ref('sourced_seats') }}
    where is_billing_source
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
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
    {{ evidence_rows('seats', 'unbilled_from', evidence_of('seat')) }}
    union
    {{ evidence_rows('bill_lines', 'cast(period_start as date)', evidence_of('bill')) }}
    union
    {{ evidence_rows('focus_lines', 'cast(period_start as date)', evidence_of('focus')) }}
),

periods as (
    select
        evidence_key,
        cast(min(charge_period_start) as date) as first_day,
        cast(max(charge_period_end) as date) as end_day
    from charge_lines
    group by evidence_key
),

long_evidence as (
    select
        evidence.*,
        periods.first_day,
        periods.end_day
    from evidence
    inner join periods on evidence.evidence_key = periods.evidence_key
),

moves as (
    select
        user_id,
        unnest([valid_from, valid_to]) as changed_on
    from people
),

-- A department, a project or a rule that begins or ends may change the owner of anything.
reforms as (
    {%- for register in ['departments', 'projects', 'attribution_rules'] %}
        select unnest([valid_from, valid_to]) as changed_on from {{ ref(register) }}
        {{ 'union' if not loop.last }}
    {%- endfor %}
),

changes as (
    select
        long_evidence.*,
        moves.changed_on
    from long_evidence
    inner join moves
        on
            long_evidence.user_id = moves.user_id
            and long_evidence.first_day < moves.changed_on
            and long_evidence.end_day > moves.changed_on
    union
    select
        long_evidence.*,
        reforms.changed_on
    from long_evidence
    inner join reforms
        on
            long_evidence.first_day < reforms.changed_on
            and long_evidence.end_day > reforms.changed_on
),

changed as (
    select
        source_dataset,
        service,
        changed_on as charged_on,
        {%- for name in evidence_columns() %}
            {{ name }},
        {%- endfor %}
        evidence_key as first_evidence_key
    from changes
),

final as (
    select
        *,
        {{ evidence_key('charged_on', evidence_columns()) }} as evidence_key
    from changed
)

select * from final
