-- Per service, kind of charge and run of days: the source that is charged, the sources that only
-- lend keys, and why.
with billing_sources as (
    select * from {{ ref('billing_sources') }}
)

select
    service,
    charge_kind,
    first_day,
    last_day,
    source_dataset,
    account_id,
    is_billing_source,
    reason,
    tokens
from billing_sources
order by
    service asc, charge_kind asc, first_day asc, is_billing_source desc, source_dataset asc
