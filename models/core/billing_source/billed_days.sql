-- The days that bills cover, in UTC: the hours of a bill's day that are beyond midnight are of the
-- next. Use that is paid to another vendor (the register billed_through) is
-- covered by that vendor's bill, whatever its accounts are called.
with choices as (
    select * from {{ ref('bill_choices') }}
    where is_chosen and is_covering
),

billed_through as (
    select * from {{ ref('billed_through') }}
),

days as (
    select
        *,
        unnest(generate_series(
            date_trunc('day', covered_from),
            date_trunc('day', covered_to - interval 1 microsecond),
            interval 1 day
        )) as day_start
    from choices
),

bill_choices as (
    select
        * exclude (day_start) replace (
            cast(day_start as date) as charged_on,
            cast(date_trunc('month', day_start) as date) as charge_month,
            greatest(covered_from, day_start) as covered_from,
            least(covered_to, day_start + interval 1 day) as covered_to
        )
    from days
),

final as (
    select
        service,
        charge_kind,
        charge_month,
        charged_on,
        billing_month,
        compared_account,
        covered_from,
        covered_to,
        sub_accounts,
        source_dataset
    from bill_choices
    union all
    select
        billed_through.service,
        bill_choices.charge_kind,
        bill_choices.charge_month,
        bill_choices.charged_on,
        bill_choices.billing_month,
        {{ compared_account('billed_through.account_id') }} as compared_account,
        bill_choices.covered_from,
        bill_choices.covered_to,
        cast(null as varchar[]) as sub_accounts,
        bill_choices.source_dataset
    from bill_choices
    inner join billed_through
        on
            bill_choices.service = billed_through.billed_service
            and bill_choices.charge_kind = billed_through.charge_kind
            and bill_choices.charged_on >= coalesce(billed_through.valid_from, date '1900-01-01')
            and bill_choices.charged_on < coalesce(billed_through.valid_to, date '9999-12-31')
)

select * from final
