with charges as (
    select * from {{ ref('charge') }}
),

priced_seats as (
    select * from {{ ref('priced_seats') }}
),

prices as (
    select * from {{ ref('dated_prices') }}
),

parts as (
    select * from {{ ref('charge_parts') }}
),

budgets as (
    {{ register_rows('organisation', 'budgets') }}
),

contracts as (
    {{ register_rows('organisation', 'contracts') }}
),

seat_contracts as (
    {{ register_rows('prices', 'seat_contracts') }}
),

contract_prices as (
    {{ register_rows('prices', 'contract_prices') }}
),

rules as (
    {{ register_rows('organisation', 'classification_rules') }}
),

allocation_rules as (
    {{ register_rows('organisation', 'allocation_rules') }}
),

shares as (
    {{ register_rows('organisation', 'allocation_shares') }}
),

metrics as (
    {{ register_rows('organisation', 'allocation_metrics') }}
),

final as (
    -- A credit that nothing draws on is billed twice: once when it is bought, once as usage.
    select
        contracts.register,
        contracts.line,
        contracts.contract_commitment_id as row_key,
        cast(count(charges.charge_id) as bigint) as matched_count,
        contracts.drawn_down as is_expected
    from contracts
    left join charges
        on
            -- Its own purchase and what lapses of it name it, too, and are no use of it.
            case
                when contracts.contract_commitment_id = charges.commitment_discount_id
                    then charges.commitment_discount_status = 'Used'
                else contains(
                    charges.contract_applied, '"' || contracts.contract_commitment_id || '"'
                )
            end
    group by all
    union all
    select
        seat_contracts.register,
        seat_contracts.line,
        concat_ws(' ', seat_contracts.service, seat_contracts.account_id, seat_contracts.plan)
            as row_key,
        cast(count(priced_seats.record_id) as bigint) as matched_count,
        true as is_expected
    from seat_contracts
    left join priced_seats
        on
            seat_contracts.service = priced_seats.service
            and seat_contracts.account_id is not distinct from priced_seats.account_id
            and seat_contracts.plan = priced_seats.plan_type
            and {{ in_force('seat_contracts', 'priced_seats.month_start') }}
    group by all
    union all
    select
        contract_prices.register,
        contract_prices.line,
        concat_ws(
            ' ', contract_prices.provider, contract_prices.model_id, contract_prices.meter
        ) as row_key,
        cast(count(prices.service) as bigint) as matched_count,
        true as is_expected
    from contract_prices
    left join prices
        on
            contract_prices.provider = prices.price_provider
            and coalesce(contract_prices.model_id = prices.model_id, true)
            and coalesce(contract_prices.meter = prices.meter, true)
            and coalesce(contract_prices.service_tier = prices.service_tier, true)
            and {{ in_force('contract_prices', 'prices.priced_on') }}
    group by all
    union all
    select
        rules.register,
        rules.line,
        rules.rule_id as row_key,
        cast(count(parts.charge_id) as bigint) as matched_count,
        true as is_expected
    from rules
    left join parts on rules.rule_id = parts.rule_id
    group by all
    union all
    select
        allocation_rules.register,
        allocation_rules.line,
        allocation_rules.rule_id as row_key,
        cast(count(charges.charge_id) as bigint) as matched_count,
        true as is_expected
    from allocation_rules
    left join charges
        on
            contains(
                charges.allocated_method_id || '+', 'rule:' || allocation_rules.rule_id || '+'
            )
    group by all
    union all
    select
        shares.register,
        shares.line,
        shares.rule_id || ' ' || shares.department_id as row_key,
        cast(count(allocation_rules.rule_id) as bigint) as matched_count,
        true as is_expected
    from shares
    left join allocation_rules on shares.rule_id = allocation_rules.rule_id
    group by all
    union all
    select
        metrics.register,
        metrics.line,
        concat_ws(' ', metrics.metric, metrics.department_id, metrics.billing_month) as row_key,
        cast(count(allocation_rules.rule_id) as bigint) as matched_count,
        true as is_expected
    from metrics
    left join allocation_rules on metrics.metric = allocation_rules.metric
    group by all
    union all
    select
        budgets.register,
        budgets.line,
        budgets.budget_id as row_key,
        cast(count(charges.charge_id) as bigint) as matched_count,
        true as is_expected
    from budgets
    left join charges
        on
            case budgets.scope_type
                when 'total' then true
                when 'department' then budgets.scope_value = charges.x_department
                when 'cost_centre' then budgets.scope_value = charges.x_cost_centre
                when 'project' then budgets.scope_value = charges.x_project_code
                when 'service' then budgets.scope_value = charges.service_name
                when 'billing_account' then budgets.scope_value = charges.billing_account_id
            end
            and budgets.billing_currency = charges.billing_currency
    group by all
)

select * from final
