-- From where to where each bill file reaches, by account and kind: its lines, and the days that
-- its name states once they are over. Taxes, credits, refunds and corrections reach nowhere.
with billed_lines as (
    select * from {{ ref('billed_lines') }}
),

covering as (
    select
        *,
        {{ named_from('source_file') }} as named_from,
        {{ named_until('source_file') }} as named_until,
        {{ exported_on('source_file') }} as exported_on
    from billed_lines
    where is_covering and charge_kind != 'adjustments'
),

reaches as (
    select
        source_dataset,
        source_file,
        service,
        account_id,
        compared_account,
        is_billed_through,
        charge_kind,
        billing_period_start,
        billing_period_end,
        min(period_start) as lines_from,
        -- What is metered cannot be billed before it was used, though the line is about the whole
        -- month.
        max(
            if(
                charge_kind = 'metered' and period_end > period_start + interval 1 day,
                least(
                    period_end,
                    greatest(
                        coalesce(cast(exported_on as timestamp), period_end),
                        period_start + interval 1 day
                    )
                ),
                period_end
            )
        ) as lines_to,
        -- A bill that names the part of the account on each line is about these parts.
        if(
            count(compared_sub_account) = count(*),
            list(distinct compared_sub_account order by compared_sub_account),
            null
        ) as sub_accounts,
        cast(any_value(named_from) as timestamp) as named_from,
        if(any_value(named_from) is null, null, cast(any_value(named_until) as timestamp))
            as named_to,
        -- Seats billed by the month, in lines of one day: those cover the month that they pay for.
        charge_kind = 'seats'
        and count(distinct charged_on) = 1
        and coalesce(bool_and(quantity = floor(quantity)), false) as is_whole_period
    from covering
    group by
        source_dataset, source_file, service, account_id, compared_account, is_billed_through,
        charge_kind, billing_period_start, billing_period_end
),

final as (
    select
        * exclude (lines_from, lines_to, named_from, named_to),
        case
            when is_whole_period then least(lines_from, billing_period_start)
            else least(
                lines_from,
                if(named_to is not null, greatest(named_from, billing_period_start), lines_from)
            )
        end as reached_from,
        case
            when is_whole_period then greatest(lines_to, billing_period_end)
            else greatest(lines_to, least(coalesce(named_to, lines_to), billing_period_end))
        end as reached_to
    from reaches
)

select * from final
