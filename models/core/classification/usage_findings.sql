{{ config(materialized='table') }}

with found as (
    select * from {{ ref('billed_failures') }}
    union all
    select * from {{ ref('repeated_calls') }}
    union all
    select * from {{ ref('unread_cache_writes') }}
    union all
    select * from {{ ref('batchable_usage') }}
    union all
    select * from {{ ref('usage_of_outcomes') }}
),

priced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('priced_usage') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

rules as (
    select * from {{ ref('class_rules') }}
    where finding is not null
),

keyed as (
    select
        found.finding,
        found.needed_unit_price,
        found.evidence,
        priced_usage.*,
        {{ evidence_key('cast(priced_usage.started_at as date)', evidence_of('usage')) }}
            as evidence_key
    from found
    inner join priced_usage on found.usage_id = priced_usage.usage_id
),

-- The first rule that takes up a finding.
ruled as (
    select
        keyed.*,
        coalesce(keyed.feature, attribution.ruled_feature) as owned_feature,
        attribution.owner_key,
        rules.rule_id,
        rules.rule_order,
        rules.classification,
        cast(
            if(keyed.contracted_unit_price > 0, keyed.contracted_unit_price, 1)
            as {{ unit_price_type() }}
        ) as unit_price
    from keyed
    inner join attribution on keyed.evidence_key = attribution.evidence_key
    inner join rules
        on
            keyed.finding = rules.finding
            and {{ rule_condition({
                'service': 'keyed.service', 'department_id': 'attribution.department_id',
                'project_code': 'attribution.project_code',
                'feature': 'coalesce(keyed.feature, attribution.ruled_feature)',
                'model': 'coalesce(keyed.model_id, keyed.model)', 'plan_type': 'keyed.plan_type',
                'charge_category': "'Usage'",
            }, 'cast(keyed.started_at as date)') }}
    qualify
        row_number() over (
            partition by keyed.usage_id, keyed.finding
            order by rules.rule_order asc, rules.rule_id asc
        ) = 1
),

-- In the order of the rules each finding takes what the row cost above the price that would have
-- done, as far as an earlier one has left it.
sliced as (
    select
        *,
        least(
            unit_price,
            coalesce(
                min(needed_unit_price) over (
                    partition by usage_id
                    order by rule_order asc, rule_id asc, finding asc
                    rows between unbounded preceding and 1 preceding
                ),
                unit_price
            )
        ) - needed_unit_price as found_unit_price
    from ruled
),

final as (
    select
        usage_id,
        finding,
        rule_id,
        classification,
        evidence,
        source_dataset,
        service,
        account_id,
        sub_account_id,
        started_at,
        lower(coalesce(model_id, model)) as model_key,
        meter,
        coalesce(service_tier, 'standard') as service_tier,
        owner_key,
        owned_feature as feature,
        quantity,
        price_currency as currency,
        unit_price,
        cast(found_unit_price as {{ unit_price_type() }}) as found_unit_price,
        {{ exact_product('found_unit_price', 'pricing_quantity', money_type()) }} as found_cost
    from sliced
    where found_unit_price > 0
)

select * from final
