{%- set by_call = var('focus_usage_grain') == 'call' %}
{%- set evidence = evidence_of('usage') %}

with sourced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('sourced_usage') }}
),

-- Each unit of use is charged from one source. What has neither a price nor a stated cost is no
-- charge: it is in unpriced_usage.
charged as (
    {{ charged_usage_rows() }}
),

grouped as (
    select
        source_dataset,
        service,
        account_id,
        sub_account_name,
        {{ evidence | join(',\n        ') }},
        cast(started_at as date) as charged_on,
        feature,
        {{ 'tags' if by_call else allowed_tags('tags') }} as tags,
        {{ 'usage_id' if by_call else 'cast(null as varchar)' }} as usage_id,
        {{ 'record_id' if by_call else 'cast(null as varchar)' }} as record_id,
        {{ 'request_id' if by_call else 'cast(null as varchar)' }} as request_id,
        model,
        model_id,
        meter,
        service_tier,
        inference_geo,
        host_provider_name,
        is_agentic,
        plan_type,
        is_stated,
        is_bill,
        currency,
        period_start,
        period_end,
        sku_id,
        sku_price_id,
        pricing_unit,
        price_currency,
        list_unit_price,
        contracted_unit_price,
        sum(quantity) as quantity,
        sum(pricing_quantity) as pricing_quantity,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost,
        sum(stated_cost) as stated_cost
    from charged
    group by all
),

keyed as (
    select
        *,
        {{ stated_group_key() }} as stated_group,
        -- A price in another currency than the statement's cannot be held against it.
        list_unit_price is not null and currency = price_currency as is_priced
    from grouped
),

weighted as (
    select
        *,
        sum(stated_cost) over (partition by stated_group) as group_cost,
        -- Whole numbers: 10^-12 of the currency where all is priced, else the quantity.
        if(
            bool_and(is_priced) over (partition by stated_group)
            and sum(list_cost) over (partition by stated_group) > 0,
            {{ whole_units('list_cost', 12) }},
            {{ whole_units('quantity', 3) }}
        ) as weight
    from keyed
),

totalled as (
    select
        *,
        sum(weight) over (partition by stated_group) as all_weights
    from weighted
),

-- A cost stated for a call as a whole is divided over its meters by list cost: rounded down to
-- 10^-10, as fine as a pricing quantity is, and what is left goes to the heaviest meter, so that
-- the parts sum to it exactly.
floored as (
    select
        *,
        if(
            is_stated,
            {{ decimal_of_units(
                part_of_units(whole_units('group_cost', 10), 'weight', 'all_weights'),
                10, money_type()
            ) }},
            null
        ) as floor_share,
        row_number() over (
            partition by stated_group
            order by weight desc, meter asc, sku_price_id asc
        ) as weight_order
    from totalled
),

shared as (
    select
        *,
        if(
            weight_order = 1,
            group_cost - coalesce(
                sum(floor_share) over (partition by stated_group) - coalesce(floor_share, 0), 0
            ),
            coalesce(floor_share, 0)
        ) as stated_share
    from floored
),

final as (
    select
        {{ usage_charge_id() }} as charge_id,
        source_dataset,
        service,
        'usage' as charge_scope,
        account_id,
        sub_account_id,
        sub_account_name,
        {{ evidence_key('charged_on', evidence) }} as evidence_key,
        feature,
        tags,
        request_id as resource_id,
        if(request_id is not null, 'API Request', null) as resource_type,
        model,
        model_id,
        meter,
        service_tier,
        inference_geo,
        host_provider_name,
        is_agentic,
        plan_type,
        'Usage' as charge_category,
        'Usage-Based' as charge_frequency,
        cast(null as varchar) as charge_description,
        case
            when not is_stated then 'Estimated'
            when is_bill then 'Reported'
            else 'Stated'
        end as cost_basis,
        currency,
        cast(null as varchar) as invoice_id,
        period_start,
        period_end,
        quantity,
        cast(null as varchar) as unit,
        if(is_priced, sku_id, null) as sku_id,
        if(is_priced, sku_price_id, null) as sku_price_id,
        if(is_priced, pricing_unit, null) as pricing_unit,
        if(is_priced, pricing_quantity, null) as pricing_quantity,
        if(is_priced, list_unit_price, null) as list_unit_price,
        if(is_priced, contracted_unit_price, null) as contracted_unit_price,
        if(is_stated, stated_share, contracted_cost) as amount
    from shared
)

select * from final
