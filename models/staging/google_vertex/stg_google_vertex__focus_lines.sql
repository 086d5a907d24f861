with lines as (
    select
        *,
        source_dataset || '/' || account_id || '/' || record_id as line_id
    from {{ ref('base_google_vertex__billing_export') }}
    where record_status = 'accepted'
),

-- Cost is before credits: each credit is a line of its own, and both together are what is payable.
granted as (
    select
        * exclude (credits),
        unnest(credits) as credit,
        generate_subscripts(credits, 1) as credit_number
    from lines
),

credit_lines as (
    select
        * exclude (credit, credit_number) replace (
            line_id || '/credit-' || credit_number as line_id,
            'Credit' as charge_category,
            credit.amount as cost,
            cast(null as {{ money_type() }}) as list_amount,
            cast(null as {{ unit_price_type() }}) as list_unit_price,
            cast(null as {{ pricing_quantity_type() }}) as pricing_quantity,
            cast(null as varchar) as pricing_unit,
            cast(null as {{ quantity_type() }}) as quantity,
            cast(null as varchar) as unit
        ),
        credit.name as credit_name
    from granted
),

stated as (
    select * exclude (credits) from lines
    union all by name
    select * from credit_lines
),

final as (
    select
        line_id as focus_line_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        service,
        account_id,
        sub_account_id,
        sub_account_name,
        if(sub_account_id is not null, 'Project', null) as sub_account_type,
        billing_period_start,
        billing_period_start + interval '1 month' as billing_period_end,
        period_start,
        period_end,
        charge_category,
        charge_class,
        case charge_category
            when 'Usage' then 'Usage-Based'
            else 'One-Time'
        end as charge_frequency,
        coalesce({{ hide_email('credit_name') }} || ': ', '') || coalesce(sku_description, cost_type)
            as charge_description,
        currency,
        cost as billed_amount,
        cost as effective_amount,
        list_amount,
        if(charge_category = 'Usage', cost, null) as contracted_amount,
        list_unit_price,
        pricing_quantity,
        pricing_unit,
        quantity,
        unit,
        if(is_sold_by_third_party, seller_name, null) as service_provider_name,
        seller_name as publisher_name,
        {{ cloud_service_name('service', 'service_name') }} as service_name,
        resource_id,
        region_id,
        availability_zone,
        sku_id,
        regexp_replace(sku_description, ' - Predictions$', '') as sku_meter,
        model,
        meter,
        service_tier,
        tag_department,
        feature,
        tags
    from stated
)

{{ as_shape('focus_lines', 'final') }}
