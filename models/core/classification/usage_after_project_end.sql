with allocated_lines as (
    select * from {{ ref('allocated_lines') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

-- A project may have several rows, one after the other: the end of the last one counts.
projects as (
    select
        project_code,
        max(coalesce(valid_to, date '9999-12-31')) as ended_on
    from {{ ref('projects') }}
    group by project_code
),

final as (
    select
        allocated_lines.charge_id,
        'usage after project end' as finding,
        attribution.project_code || ' ended on ' || projects.ended_on as evidence
    from allocated_lines
    inner join attribution on allocated_lines.evidence_key = attribution.evidence_key
    inner join projects on attribution.project_code = projects.project_code
    where
        allocated_lines.charge_category = 'Usage'
        and cast(allocated_lines.charge_period_start as date) >= projects.ended_on
)

select * from final
