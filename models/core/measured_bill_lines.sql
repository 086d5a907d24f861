{{ config(materialized='table') }}

with bill_lines as (
    select * from {{ ref('bill_lines') }}
),

usage as (
    select * from {{ ref('usage') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

meters as (
    select * from {{ ref('meters') }}
),

-- What the vendor's own usage report measured, in the keys of a bill line. Of two reports on the
-- same thing and day, such as API and CSV, one is asked, the better evidence.
reported as (
    select
        usage.*,
        cast(usage.started_at as date) as measured_on,
        dense_rank() over (
            partition by
                usage.service, usage.account_id, usage.model, usage.meter,
                cast(usage.started_at as date)
            order by {{ evidence_rank('datasets') }} asc, usage.source_dataset asc
        ) as report_order
    from usage
    inner join datasets
        on
            usage.source_dataset = datasets.source_dataset
            and datasets.evidence = 'vendor usage report'
    where usage.is_billable
),

measured as (
    select
        service,
        account_id,
        sub_account_id,
        model,
        meter,
        service_tier,
        inference_geo,
        context_tokens,
        measured_on,
        sum(quantity) as quantity
    from reported
    where report_order = 1
    group by all
),

only_tiers as (
    select
        service,
        account_id,
        sub_account_id,
        model,
        meter,
        measured_on,
        min(service_tier) as service_tier
    from measured
    group by all
    having count(distinct service_tier) = 1
),

-- A line that does not name its tier, as OpenAI's batch lines, is of the one tier in which the
-- report saw its usage that day; where it saw several, of the standard one.
tiered as (
    select
        bill_lines.* replace (
            coalesce(bill_lines.service_tier, only_tiers.service_tier, 'standard') as service_tier
        )
    from bill_lines
    left join only_tiers
        on
            bill_lines.service_tier is null
            and bill_lines.service = only_tiers.service
            and bill_lines.account_id is not distinct from only_tiers.account_id
            and bill_lines.sub_account_id is not distinct from only_tiers.sub_account_id
            and bill_lines.model = only_tiers.model
            and bill_lines.meter = only_tiers.meter
            and bill_lines.period_start = only_tiers.measured_on
            and bill_lines.period_end = only_tiers.measured_on + interval '1 day'
),

counted as (
    select
        *,
        count(*) over (
            partition by
                source_dataset, service, account_id, sub_account_id, model, meter, service_tier,
                inference_geo, context_tokens, period_start, period_end
        ) as lines_of_key
    from tiered
),

-- A line for one day that states no quantity takes it from the usage report, if both name the
-- same thing and only this line does.
quantified as (
    select
        counted.* replace (
            cast(
                coalesce(counted.quantity, measured.quantity) as {{ quantity_type() }}
            ) as quantity,
            coalesce(
                counted.unit, if(measured.quantity is not null, meters.consumed_unit, null)
            ) as unit
        )
    from counted
    left join meters on counted.meter = meters.meter
    left join measured
        on
            counted.quantity is null
            and counted.lines_of_key = 1
            and counted.charge_category = 'Usage'
            and counted.model is not null
            and counted.service = measured.service
            and counted.account_id is not distinct from measured.account_id
            and counted.sub_account_id is not distinct from measured.sub_account_id
            and counted.model = measured.model
            and counted.meter = measured.meter
            and counted.service_tier = measured.service_tier
            and counted.inference_geo is not distinct from measured.inference_geo
            and counted.context_tokens is not distinct from measured.context_tokens
            and counted.period_start = measured.measured_on
            and counted.period_end = measured.measured_on + interval '1 day'
),

final as (
    select {{ shape_columns('bill_lines') | join(', ') }}
    from quantified
)

select * from final
