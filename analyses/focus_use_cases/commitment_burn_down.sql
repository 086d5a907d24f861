-- Commitment burn-down: how much of each commitment is used, and will it last or lapse?
-- Asked by: procurement and contract owners.
-- FOCUS use case: contract commitment burn-down.
--
-- One row per commitment and month. Where charges say in ContractApplied what of them counts for a
-- commitment, that is what was used of it, up to what was committed. For all others, in scope are
-- usage and purchases (and their corrections) of the services that ContractCommitmentApplicability
-- names, in its currency and period: money counts as EffectiveCost, units as PricingQuantity in the
-- unit of the commitment (a seat is a User-Month). A commitment that is measured monthly, quarterly
-- or yearly starts anew with each interval, counted in calendar months. Months before the first
-- charge of its services are unknown, not 0: they are null and counted. What lapsed unused was not
-- used. Two commitments on one service that no charge names each see the same charges: never add
-- their rows.
with commitments as (
    select * from {{ ref('focus_1_4__contract_commitment') }}
),

charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
    where
        ("ChargeCategory" in ('Usage', 'Purchase') or "ChargeClass" = 'Correction')
        and "CommitmentDiscountStatus" is distinct from 'Unused'
        -- What was paid in advance is no use of it.
        and ("ChargeCategory" != 'Purchase' or "CommitmentDiscountId" is null)
),

-- What is bought may be bought for a term or dated ahead: use says how far the data reach.
data_end as (
    select
        coalesce(
            max("ChargePeriodEnd") filter (where "ChargeCategory" = 'Usage'),
            max("ChargePeriodEnd")
        ) as known_until
    from charges
),

elements as (
    select
        date_trunc('month', "ChargePeriodStart") as charge_month,
        unnest(json_extract("ContractApplied", '$.Elements[*]')) as element
    from charges
    where "ContractApplied" is not null
),

applied as (
    select
        json_extract_string(element, '$.ContractCommitmentId') as commitment_id,
        charge_month,
        cast(
            coalesce(
                json_extract_string(element, '$.ContractCommitmentAppliedCost'),
                json_extract_string(element, '$.ContractCommitmentAppliedQuantity')
            ) as decimal(38, 18)
        ) as used
    from elements
),

-- Another dimension than ServiceName, or an interval below a month, would need its own reading:
-- say so instead of guessing.
scoped as (
    select
        *,
        coalesce(
            json_array_length("ContractCommitmentApplicability", '$.Inclusions') = 1
            and json_extract_string(
                "ContractCommitmentApplicability", '$.Inclusions[0].Dimension'
            ) = 'ServiceName'
            and json_extract_string(
                "ContractCommitmentApplicability", '$.Inclusions[0].Operator'
            ) = 'In'
            and json_extract("ContractCommitmentApplicability", '$.Exclusions[0]') is null
            and "ContractCommitmentFulfillmentInterval" in (
                'Monthly', 'Quarterly', 'Semi-Annually', 'Annually', 'Total Term'
            ),
            false
        ) as is_understood,
        json_extract_string(
            "ContractCommitmentApplicability", '$.Inclusions[0].Values[*]'
        ) as service_names,
        coalesce("ContractCommitmentQuantity", "ContractCommitmentCost") as committed,
        case "ContractCommitmentUnit"
            when 'Seats' then 'User-Months' else "ContractCommitmentUnit"
        end as pricing_unit,
        case "ContractCommitmentFulfillmentInterval"
            when 'Monthly' then 1
            when 'Quarterly' then 3
            when 'Semi-Annually' then 6
            when 'Annually' then 12
        end as months_in_interval
    from commitments
),

matched as (
    select
        scoped."ContractCommitmentId",
        date_trunc('month', charges."ChargePeriodStart") as charge_month,
        charges."ChargePeriodStart" >= scoped."ContractCommitmentPeriodStart"
        and charges."ChargePeriodStart" < scoped."ContractCommitmentPeriodEnd" as is_in_period,
        if(
            scoped."ContractCommitmentCategory" = 'Spend',
            charges."EffectiveCost",
            if(charges."PricingUnit" = scoped.pricing_unit, charges."PricingQuantity", 0)
        ) as used
    from scoped
    inner join charges
        on
            list_contains(scoped.service_names, charges."ServiceName")
            and scoped."BillingCurrency" = charges."BillingCurrency"
    where scoped.is_understood
),

first_seen as (
    select
        "ContractCommitmentId",
        min(charge_month) as first_month
    from matched
    group by "ContractCommitmentId"
),

counted as (
    select
        "ContractCommitmentId",
        charge_month,
        used
    from matched
    where
        is_in_period
        and "ContractCommitmentId" not in (select applied.commitment_id from applied)
    union all
    select
        commitment_id as "ContractCommitmentId",
        charge_month,
        used
    from applied
),

monthly as (
    select
        "ContractCommitmentId",
        charge_month,
        sum(used) as used
    from counted
    group by "ContractCommitmentId", charge_month
),

calendar as (
    select
        scoped.*,
        data_end.known_until,
        unnest(
            generate_series(
                date_trunc('month', scoped."ContractCommitmentPeriodStart"),
                greatest(
                    scoped."ContractCommitmentPeriodStart",
                    least(scoped."ContractCommitmentPeriodEnd", data_end.known_until)
                    - interval 1 second
                ),
                interval 1 month
            )
        ) as charge_month
    from scoped
    cross join data_end
),

placed as (
    select
        calendar.*,
        coalesce(
            date_diff('month', calendar."ContractCommitmentPeriodStart", calendar.charge_month)
            // calendar.months_in_interval,
            0
        ) as interval_number,
        if(
            calendar.charge_month >= first_seen.first_month, coalesce(monthly.used, 0), null
        ) as used
    from calendar
    left join first_seen on calendar."ContractCommitmentId" = first_seen."ContractCommitmentId"
    left join monthly
        on
            calendar."ContractCommitmentId" = monthly."ContractCommitmentId"
            and calendar.charge_month = monthly.charge_month
),

running as (
    select
        *,
        sum(used) over so_far as used_so_far,
        count(*) filter (where used is null) over so_far as unknown_months,
        coalesce(
            date_trunc('month', "ContractCommitmentPeriodStart")
            + to_months(cast((interval_number + 1) * months_in_interval as integer)),
            "ContractCommitmentPeriodEnd"
        ) <= charge_month + interval 1 month as is_interval_end
    from placed
    window so_far as (
        partition by "ContractCommitmentId", interval_number order by charge_month
    )
),

final as (
    select
        "ContractId",
        "ContractCommitmentId",
        "ContractCommitmentCategory",
        "ContractCommitmentFulfillmentInterval",
        "BillingCurrency",
        charge_month,
        coalesce("ContractCommitmentUnit", "BillingCurrency") as unit,
        committed,
        used,
        used_so_far,
        committed - used_so_far as remaining,
        cast(used_so_far / nullif(committed, 0) as decimal(18, 6)) as share_used,
        unknown_months,
        case
            when not is_understood then 'Not understood'
            when "ContractCommitmentPeriodStart" >= known_until then 'Not started'
            when used_so_far is null then 'Unknown'
            when used_so_far > committed then 'Exceeded'
            when used_so_far = committed then 'Fulfilled'
            when not is_interval_end or known_until < charge_month + interval 1 month then 'Running'
            when unknown_months > 0 then 'Unknown'
            else 'Shortfall'
        end as verdict
    from running
)

select * from final
order by "ContractCommitmentId" asc, charge_month asc
