{{ config(materialized='table') }}

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
        list_unit_price is not null and currency = price_currency as is_priced,
        -- Whole numbers: 10^-12 of the currency, thousandths of the quantity.
        if(is_stated, {{ whole_units('list_cost', 12) }}, null) as list_weight,
        if(is_stated, {{ whole_units('quantity', 3) }}, null) as quantity_weight
    from grouped
),

-- What was stated for a call as a whole, and what it is divided by: list cost where all of it is
-- priced, else the quantity.
stated_groups as (
    select
        stated_group,
        sum(stated_cost) as group_cost,
        {{ whole_units('sum(stated_cost)', 10) }} as group_units,
        coalesce(bool_and(is_priced) and sum(list_cost) > 0, false) as is_by_list_cost,
        if(is_by_list_cost, sum(list_weight), sum(quantity_weight)) as all_weights
    from keyed
    where is_stated
    group by stated_group
),

weighted as (
    select
        keyed.*,
        stated_groups.group_cost,
        stated_groups.group_units,
        stated_groups.all_weights,
        if(
            stated_groups.is_by_list_cost, keyed.list_weight, keyed.quantity_weight
        ) as weight
    from keyed
    left join stated_groups on keyed.stated_group = stated_groups.stated_group
),

-- Rounded down to 10^-10, as fine as a pricing quantity is.
floored as (
    select
        *,
        {{ decimal_of_units(
            'if(weight = all_weights, group_units, '
            ~ part_of_units('group_units', 'weight', 'all_weights') ~ ')',
            10, money_type()
        ) }} as floor_share
    from weighted
),

-- What is left goes to the heaviest meter, so that the parts sum to what was stated exactly.
shared as (
    select
        *,
        if(
            row_number() over by_weight = 1,
            group_cost - coalesce(sum(floor_share) over whole - coalesce(floor_share, 0), 0),
            coalesce(floor_share, 0)
        ) as stated_share
    from floored
    window
        by_weight as (
            partition by stated_group
            order by weight desc, meter asc, sku_price_id asc
        ),
        whole as (
            by_weight rows between unbounded preceding and unbounded following
        )
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
