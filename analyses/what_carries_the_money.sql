-- Per service and month: the source whose money counts, the sources that only lend keys, and why.
with charge_basis as (
    select * from {{ ref('charge_basis') }}
)

select
    service,
    charge_scope,
    billing_month,
    source_dataset,
    carries_money,
    reason,
    tokens,
    first_day,
    last_day
from charge_basis
order by service asc, charge_scope asc, billing_month asc, carries_money desc, source_dataset asc
