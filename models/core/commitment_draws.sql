{{ config(materialized='table') }}

with recursive charge_lines as (
    select * from {{ ref('charge_lines') }}
),

commitment_balances as (
    select * from {{ ref('commitment_balances') }}
),

-- What the company would have to pay for use. A line on whose commitment the vendor has spoken is
-- left to it; credits, taxes, corrections and purchases are paid by nobody's balance.
eligible as (
    select
        charge_id,
        service,
        billing_account_id,
        billing_currency,
        charge_period_start,
        billed_cost,
        -- Of lines of one time by what they are: a line's id may hold the name of its file.
        concat_ws(
            chr(31), coalesce(sub_account_id, ''), coalesce(sku_price_id, ''),
            coalesce(charge_description, ''), coalesce(resource_id, ''), evidence_key,
            coalesce(feature, ''), cast(billed_cost as varchar), charge_id
        ) as line_order
    from charge_lines
    where
        charge_category = 'Usage'
        and charge_class is null
        and billed_cost > 0
        and effective_cost = billed_cost
        and pricing_currency = billing_currency
        and commitment_discount_id is null
        and contract_applied is null
),

-- The balances of an account take turns. Each goes through the lines of its period in the order of
-- time and takes what the ones before it left, until it is used up.
turns as (
    select
        eligible.*,
        cast(0 as bigint) as draw_order,
        cast(null as varchar) as contract_commitment_id,
        cast(null as boolean) as is_prepaid,
        cast(0 as {{ money_type() }}) as drawn_before,
        cast(0 as {{ money_type() }}) as drawn_cost
    from eligible
    union all
    select
        charge_id,
        service,
        billing_account_id,
        billing_currency,
        charge_period_start,
        billed_cost,
        line_order,
        draw_order,
        contract_commitment_id,
        is_prepaid,
        drawn_before,
        least(open_cost, greatest(balance - open_before, 0)) as drawn_cost
    from (
        select
            *,
            coalesce(
                sum(open_cost) over (
                    partition by contract_commitment_id, is_prepaid
                    order by charge_period_start asc, line_order asc
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as open_before
        from (
            select
                turns.charge_id,
                turns.service,
                turns.billing_account_id,
                turns.billing_currency,
                turns.charge_period_start,
                turns.billed_cost,
                turns.line_order,
                balances.draw_order,
                balances.contract_commitment_id,
                balances.is_prepaid,
                balances.balance,
                turns.drawn_before + turns.drawn_cost as drawn_before,
                if(
                    turns.charge_period_start >= balances.commitment_start
                    and turns.charge_period_start < balances.commitment_end,
                    turns.billed_cost - turns.drawn_before - turns.drawn_cost,
                    0
                ) as open_cost
            from turns
            inner join commitment_balances as balances
                on
                    turns.service = balances.service
                    and turns.billing_account_id = balances.billing_account_id
                    and turns.billing_currency = balances.billing_currency
                    and turns.draw_order + 1 = balances.draw_order
        ) as offered
    ) as counted
),

final as (
    select
        charge_id,
        contract_commitment_id,
        is_prepaid,
        drawn_before,
        drawn_cost,
        -- From the balance, this line and all before it.
        sum(drawn_cost) over (
            partition by contract_commitment_id, is_prepaid
            order by charge_period_start asc, line_order asc
            rows between unbounded preceding and current row
        ) as drawn_so_far
    from turns
    where drawn_cost > 0
)

select * from final
