-- charge holds the rows of closed months column by column as they were frozen, and nothing else in
-- these months.
with closed_periods as (
    select * from {{ ref('closed_periods') }}
),

closed_charges as (
    select * from {{ ref('closed_charges') }}
),

charges_of_closed_months as (
    select charges.*
    from {{ ref('charge') }} as charges
    inner join closed_periods
        on
            charges.service = closed_periods.service
            and date_trunc('month', charges.billing_period_start) = closed_periods.billing_month
),

lost as (
    select * from closed_charges
    except all
    select * from charges_of_closed_months
),

added as (
    select * from charges_of_closed_months
    except all
    select * from closed_charges
)

select
    'lost' as fault,
    charge_id
from lost
union all
select
    'added' as fault,
    charge_id
from added
