-- Months of which two bills state one amount, up to a thousandth: they are the same money,
-- whatever days they put it on.
with billed_lines as (
    select * from {{ ref('billed_lines') }}
),

totals as (
    select
        service,
        charge_kind,
        source_dataset,
        currency,
        cast(date_trunc('month', charged_on) as date) as charge_month,
        sum(amount) as amount
    from billed_lines
    group by all
),

final as (
    select distinct
        one.service,
        one.charge_kind,
        one.charge_month
    from totals as one
    inner join totals as other
        on
            one.service = other.service
            and one.charge_kind = other.charge_kind
            and one.charge_month = other.charge_month
            and one.currency = other.currency
            and one.source_dataset < other.source_dataset
    where
        one.amount != 0
        and abs(one.amount - other.amount) <= {{ whole_part('abs(one.amount)', 1000) }}
)

select * from final
