{{ config(materialized='table') }}

with covered_lines as (
    select * from {{ ref('covered_lines') }}
),

usage_allocations as (
    select * from {{ ref('usage_allocations') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

targets as (
    select * from {{ ref('allocation_targets') }}
),

rules as (
    select * from {{ ref('allocation_rules') }}
),

shares as (
    select * from {{ ref('allocation_shares') }}
),

metrics as (
    select * from {{ ref('allocation_metrics') }}
),

lines as (
    select
        covered_lines.charge_id,
        cast(date_trunc('month', covered_lines.billing_period_start) as date) as billing_month,
        covered_lines.billing_currency as currency,
        covered_lines.service,
        covered_lines.billing_account_id,
        covered_lines.sub_account_id,
        covered_lines.charge_category,
        covered_lines.charge_scope,
        covered_lines.sku_meter,
        covered_lines.x_plan_type as plan_type,
        covered_lines.allocated_method_id,
        if(covered_lines.token_column is not null, covered_lines.consumed_quantity, null) as tokens,
        covered_lines.effective_cost,
        attribution.department_id
    from covered_lines
    inner join attribution on covered_lines.evidence_key = attribution.evidence_key
),

-- Whole lines, and of lines that a log divides the part of each owner and the open part.
parts as (
    select
        lines.*,
        {{ whole_ratio() }} as ratio_units,
        true as is_whole,
        true as is_open
    from lines
    anti join usage_allocations on lines.charge_id = usage_allocations.charge_id
    union all
    select
        lines.* replace (
            if(
                usage_allocations.owner_key is null, lines.department_id, attribution.department_id
            ) as department_id
        ),
        usage_allocations.ratio_units,
        false as is_whole,
        usage_allocations.owner_key is null as is_open
    from lines
    inner join usage_allocations on lines.charge_id = usage_allocations.charge_id
    left join attribution on usage_allocations.evidence_key = attribution.evidence_key
),

-- A rule without a department divides what nobody owns; one with a department divides what that
-- department has been charged as a whole. The first that fits counts.
ruled as (
    select
        parts.charge_id,
        arg_min(rules.rule_id, (rules.rule_order, rules.rule_id)) as rule_id
    from parts
    inner join rules
        on
            coalesce(parts.service = rules.service, rules.service is null)
            and coalesce(
                parts.sub_account_id = rules.sub_account_id, rules.sub_account_id is null
            )
            and coalesce(
                parts.charge_category = rules.charge_category, rules.charge_category is null
            )
            and coalesce(parts.charge_scope = rules.charge_scope, rules.charge_scope is null)
            and coalesce(parts.sku_meter = rules.sku_meter, rules.sku_meter is null)
            and coalesce(parts.plan_type = rules.plan_type, rules.plan_type is null)
            and parts.billing_month >= coalesce(rules.valid_from, date '1900-01-01')
            and parts.billing_month < coalesce(rules.valid_to, date '9999-12-31')
            and (
                parts.department_id is null and rules.department_id is null and parts.is_open
                or parts.department_id = rules.department_id and parts.is_whole
            )
    where parts.allocated_method_id is null
    group by parts.charge_id
),

divided as (
    select
        parts.*,
        rules.rule_id,
        rules.method,
        rules.weights_from,
        rules.weights_service,
        rules.metric
    from parts
    inner join ruled on parts.charge_id = ruled.charge_id
    inner join rules on ruled.rule_id = rules.rule_id
    where parts.is_open
),

-- What departments cause themselves, the measure of the methods that follow cost or tokens.
direct as (
    select
        parts.billing_month,
        parts.currency,
        parts.service,
        parts.billing_account_id,
        parts.department_id,
        sum(
            {{ part_of_units(
                whole_units('greatest(parts.effective_cost, 0)', 6), 'parts.ratio_units',
                whole_ratio()
            ) }}
        ) as cost_weight,
        sum(
            {{ part_of_units(
                whole_units('greatest(parts.tokens, 0)', 0), 'parts.ratio_units', whole_ratio()
            ) }}
        ) as token_weight
    from parts
    anti join divided
        on parts.charge_id = divided.charge_id and parts.is_open
    group by all
),

-- One set of weights for all lines of a rule in a month, currency and partition.
grounds as (
    select distinct
        rule_id,
        method,
        billing_month,
        currency,
        if(
            weights_from = 'all', weights_service, coalesce(weights_service, service)
        ) as weights_service,
        if(weights_from = 'billing account', billing_account_id, null) as billing_account_id,
        metric
    from divided
),

caused as (
    select
        grounds.rule_id,
        grounds.method,
        grounds.billing_month,
        grounds.currency,
        grounds.weights_service,
        grounds.billing_account_id,
        direct.department_id,
        sum(direct.cost_weight) as cost_weight,
        sum(direct.token_weight) as token_weight
    from grounds
    inner join direct
        on
            grounds.billing_month = direct.billing_month
            and (grounds.method != 'proportional to cost' or grounds.currency = direct.currency)
            and coalesce(
                grounds.weights_service = direct.service, grounds.weights_service is null
            )
            and coalesce(
                grounds.billing_account_id = direct.billing_account_id,
                grounds.billing_account_id is null
            )
    group by all
),

fixed as (
    select
        grounds.rule_id,
        grounds.billing_month,
        grounds.currency,
        grounds.weights_service,
        grounds.billing_account_id,
        shares.department_id,
        {{ whole_units('shares.share', 8) }} as weight
    from grounds
    inner join shares
        on
            grounds.rule_id = shares.rule_id
            and grounds.billing_month >= coalesce(shares.valid_from, date '1900-01-01')
            and grounds.billing_month < coalesce(shares.valid_to, date '9999-12-31')
    where grounds.method = 'fixed'
),

weighed as (
    select
        * exclude (method, cost_weight, token_weight),
        case method
            when 'proportional to cost' then cost_weight
            when 'proportional to tokens' then token_weight
            -- Even among departments; what nobody owns is none.
            else if(department_id is not null and cost_weight > 0, 1, 0)
        end as weight
    from caused
    where method in ('proportional to cost', 'proportional to tokens', 'even')
    union all
    select * from fixed
    union all
    -- What fixed shares leave of 1 is nobody's.
    select
        rule_id,
        billing_month,
        currency,
        weights_service,
        billing_account_id,
        null as department_id,
        100000000 - sum(weight) as weight
    from fixed
    group by all
    union all
    select
        grounds.rule_id,
        grounds.billing_month,
        grounds.currency,
        grounds.weights_service,
        grounds.billing_account_id,
        metrics.department_id,
        {{ whole_units('metrics.quantity', 8) }} as weight
    from grounds
    inner join metrics
        on
            grounds.metric = metrics.metric
            and grounds.billing_month = metrics.billing_month
    where grounds.method = 'metric'
),

-- A department that is not there in that month takes nothing: its share stays open.
aimed as (
    select
        weighed.rule_id,
        weighed.billing_month,
        weighed.currency,
        weighed.weights_service,
        weighed.billing_account_id,
        targets.department_id,
        targets.evidence_key,
        sum(weighed.weight) as weight
    from weighed
    left join targets
        on
            weighed.billing_month = targets.billing_month
            and weighed.department_id = targets.department_id
    where weighed.weight > 0
    group by all
),

shared as (
    select
        divided.charge_id,
        divided.rule_id,
        divided.ratio_units as whole_units,
        aimed.department_id,
        aimed.evidence_key,
        aimed.weight,
        sum(aimed.weight) over same_line as all_weights
    from divided
    inner join aimed
        on
            divided.rule_id = aimed.rule_id
            and divided.billing_month = aimed.billing_month
            and divided.currency = aimed.currency
            and if(
                divided.weights_from = 'all',
                divided.weights_service, coalesce(divided.weights_service, divided.service)
            ) is not distinct from aimed.weights_service
            and if(divided.weights_from = 'billing account', divided.billing_account_id, null)
            is not distinct from aimed.billing_account_id
    window same_line as (partition by divided.charge_id)
),

floored as (
    select
        *,
        {{ part_of_units('whole_units', 'weight', 'all_weights') }} as floor_ratio,
        {{ rest_of_units('whole_units', 'weight', 'all_weights') }} as rest
    from shared
),

final as (
    select
        charge_id,
        rule_id,
        department_id,
        evidence_key,
        cast(
            {{ largest_remainder(
                'whole_units', 'floor_ratio', 'rest', 'charge_id',
                'weight desc, department_id asc'
            ) }} as bigint
        ) as ratio_units
    from floored
)

select * from final
