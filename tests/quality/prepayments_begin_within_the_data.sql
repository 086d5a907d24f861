-- A prepayment from before the first charge: what it paid for until then is unknown, so that too
-- much of it would seem to be left.
{{ config(severity='warn') }}

with charge_lines as (
    select
        service,
        billing_account_id,
        min(charge_period_start) as known_from
    from {{ ref('charge_lines') }}
    group by service, billing_account_id
)

select
    balances.contract_commitment_id,
    balances.commitment_start,
    charge_lines.known_from
from {{ ref('commitment_balances') }} as balances
inner join charge_lines
    on
        balances.service = charge_lines.service
        and balances.billing_account_id = charge_lines.billing_account_id
where
    balances.is_prepaid
    and date_trunc('month', balances.commitment_start)
    < date_trunc('month', charge_lines.known_from)
