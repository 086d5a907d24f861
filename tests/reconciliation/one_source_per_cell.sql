-- Never two sources for one service, account, kind and day, unless they are logs of different calls
-- or parts of one report; never none where anybody knows the day.
with source_days as (
    select
        source_days.*,
        coalesce(complements.basis_group, source_days.source_dataset) as report,
        coalesce(complements.part, source_days.source_dataset) as part,
        source_days.evidence in ('gateway log', 'call log', 'trace', 'agent log') as is_log
    from {{ ref('billing_source_days') }} as source_days
    left join {{ ref('complementary_datasets') }} as complements
        on source_days.source_dataset = complements.source_dataset
),

billed_days as (
    select * from {{ ref('billed_days') }}
),

-- A refund or a correction is charged and covers nothing: the day's use has a source of its own.
uncovered_days as (
    select * from {{ ref('bill_choices') }}
    where not is_covering
),

chosen as (
    select source_days.* from source_days
    anti join uncovered_days
        on
            source_days.evidence = 'bill'
            and source_days.source_dataset = uncovered_days.source_dataset
            and source_days.service = uncovered_days.service
            and source_days.account_id is not distinct from uncovered_days.account_id
            and source_days.charge_kind = uncovered_days.charge_kind
            and source_days.charged_on = uncovered_days.charged_on
    where source_days.is_billing_source
),

doubled as (
    select
        one.service,
        one.account_id,
        one.charge_kind,
        one.charged_on,
        one.source_dataset || ' and ' || other.source_dataset as fault
    from chosen as one
    inner join chosen as other
        on
            one.service = other.service
            and one.charge_kind = other.charge_kind
            and one.charged_on = other.charged_on
            and {{ may_be_same_account('one', 'other') }}
            and one.source_dataset < other.source_dataset
    where
        not (one.is_log and other.is_log)
        and not (one.report = other.report and one.part != other.part)
        -- A day in which a bill ends or begins has two.
        and one.billed_from is null
        and other.billed_from is null
),

billed_twice as (
    select
        chosen.service,
        chosen.account_id,
        chosen.charge_kind,
        chosen.charged_on,
        chosen.source_dataset || ' is billed' as fault
    from chosen
    inner join billed_days
        on
            chosen.service = billed_days.service
            and chosen.charge_kind = billed_days.charge_kind
            and chosen.charged_on = billed_days.charged_on
            and {{ may_be_same_account('chosen', 'billed_days') }}
    where
        chosen.evidence != 'bill'
        and billed_days.covered_from <= chosen.charged_on
        and billed_days.covered_to >= chosen.charged_on + interval 1 day
),

orphaned as (
    select
        source_days.service,
        null as account_id,
        source_days.charge_kind,
        source_days.charged_on,
        'no source' as fault
    from source_days
    left join billed_days
        on
            source_days.service = billed_days.service
            and source_days.charge_kind = billed_days.charge_kind
            and source_days.charged_on = billed_days.charged_on
    where source_days.evidence != 'activity'
    group by all
    having not bool_or(source_days.is_billing_source or billed_days.service is not null)
)

select * from doubled
union all
select * from billed_twice
union all
select * from orphaned
