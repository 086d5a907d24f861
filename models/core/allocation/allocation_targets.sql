with months as (
    select distinct charge_month as billing_month from {{ ref('billing_source_days') }}
),

departments as (
    select
        department_id,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('departments') }}
),

-- A department that begins in mid-month can take a share from its first day on.
present as (
    select
        months.billing_month,
        departments.department_id,
        min(greatest(months.billing_month, departments.valid_from)) as charged_on
    from months
    inner join departments
        on
            months.billing_month + interval '1 month' > departments.valid_from
            and months.billing_month < departments.valid_to
    group by all
),

named as (
    select
        'allocation' as source_dataset,
        'allocation' as service,
        billing_month,
        department_id,
        charged_on,
        {{ known_text('department_id') }} as tag_department
    from present
),

final as (
    select
        *,
        {{ evidence_key('charged_on', evidence_of('allocation')) }} as evidence_key
    from named
)

select * from final
