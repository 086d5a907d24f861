{{ config(materialized='table') }}

{%- set by_call = var('focus_usage_grain') == 'call' %}

with sourced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('sourced_usage') }}
),

charged as (
    {{ charged_usage_rows() }}
),

-- At a grain that merges calls their own names are no part of the charge's identity.
named as (
    select
        * replace (
            {{ 'tags' if by_call else allowed_tags('tags') }} as tags,
            {{ 'record_id' if by_call else 'cast(null as varchar)' }} as record_id,
            {{ 'usage_id' if by_call else 'cast(null as varchar)' }} as usage_id
        ),
        usage_id as row_id,
        cast(started_at as date) as charged_on,
        {{ is_one_call() }} as is_call
    from charged
),

keyed as (
    select
        *,
        {{ stated_group_key() }} as stated_group
    from named
),

final as (
    select
        row_id as usage_id,
        {{ usage_charge_id() }} as charge_id,
        is_call,
        if(not is_stated, contracted_cost, null) as priced_cost,
        cast(
            if(contracted_unit_price > 0, contracted_unit_price, 1)
            as {{ unit_price_type() }}
        ) as unit_price,
        cast(
            if(contracted_unit_price > 0, pricing_quantity, quantity) as {{ quantity_type() }}
        ) as weight
    from keyed
)

select * from final
