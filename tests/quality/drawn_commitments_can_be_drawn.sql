-- A commitment that the register wants drawn down, but says too little of, or in terms that are not
-- drawn down: only money over the whole term, in one account and the currency that is billed.
select
    contract_commitment_id,
    contract_commitment_category,
    billing_account_id,
    fulfillment_interval,
    payment_model,
    lifecycle_status
from {{ ref('contracts') }}
where
    drawn_down
    and not coalesce(
        contract_commitment_category = 'Spend'
        and billing_account_id is not null
        and fulfillment_interval = 'Total Term'
        and commitment_cost > 0
        and commitment_cost = cast(commitment_cost as {{ payable_type() }})
        and coalesce(pricing_currency, billing_currency) = billing_currency
        and lifecycle_status is null
        and commitment_start < commitment_end
        and (
            payment_model in ('All Upfront', 'No Upfront')
            or (
                payment_model = 'Partial Upfront'
                and payment_upfront_percentage > 0
                and payment_upfront_percentage < 1
            )
        ),
        false
    )
