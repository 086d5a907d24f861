with records as (
    select * from {{ ref('base_google_vertex__billing_export') }}
    where record_status = 'accepted'
),

-- Cost is before credits: each credit is a line of its own, and both together are what is payable.
parts as (
    select
        * exclude (credits),
        unnest(list_concat(
            [struct_pack(name := cast(null as varchar), amount := gross_cost)],
            coalesce(credits, [])
        )) as part,
        generate_subscripts(list_concat([null], coalesce(credits, [])), 1) - 1 as credit_number
    from records
),

lines as (
    select
        * replace (
            if(credit_number > 0, 'Credit', charge_category) as charge_category,
            part.amount as gross_cost,
            if(credit_number > 0, null, list_amount) as list_amount,
            if(credit_number > 0, null, list_unit_price) as list_unit_price,
            if(credit_number > 0, null, pricing_quantity) as pricing_quantity,
            if(credit_number > 0, null, pricing_unit) as pricing_unit,
            if(credit_number > 0, null, quantity) as quantity,
            if(credit_number > 0, null, unit) as unit
        ),
        source_dataset || '/' || account_id || '/' || record_id
        || if(credit_number > 0, '/credit-' || credit_number, '') as line_id,
        {{ hide_email('part.name') }} as credit_name
    from parts
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
        if(
            {{ is_seat_article('service', "concat_ws(' ', sku_description, unit, pricing_unit)") }},
            'seat', 'usage'
        ) as charge_scope,
        charge_category,
        charge_class,
        case charge_category
            when 'Usage' then 'Usage-Based'
            else 'One-Time'
        end as charge_frequency,
        coalesce(credit_name || ': ', '') || coalesce(sku_description, cost_type)
            as charge_description,
        currency,
        gross_cost as billed_amount,
        gross_cost as effective_amount,
        list_amount,
        if(charge_category = 'Usage', gross_cost, null) as contracted_amount,
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
    from lines
)

{{ as_shape('focus_lines', 'final') }}
