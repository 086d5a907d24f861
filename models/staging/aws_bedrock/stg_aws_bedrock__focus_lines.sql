with records as (
    select
        *,
        unused_amount > 0 and commitment_id is not null as has_unused,
        -- What was reserved in the period, in hours, less what was used of it.
        sum(commitment_quantity) filter (where line_type = 'RIFee') over same_commitment
        - coalesce(
            sum(commitment_quantity) filter (where line_type = 'DiscountedUsage')
                over same_commitment,
            0
        ) as idle_quantity,
        sum(unused_amount) over same_commitment as idle_amount
    from {{ ref('base_aws_bedrock__cur') }}
    where record_status = 'accepted'
    window same_commitment as (partition by account_id, billing_period_start, commitment_id)
),

-- What nobody used of a commitment in the period is a line of its own: its fee is billed on the
-- first line, its effect is on the second.
parts as (
    select
        *,
        unnest(if(has_unused, [false, true], [false])) as is_unused
    from records
),

lines as (
    select
        * replace (
            if(is_unused, 'Usage', charge_category) as charge_category,
            if(is_unused, 0, amount) as amount,
            if(is_unused, unused_amount, effective_amount) as effective_amount,
            if(is_unused, null, quantity) as quantity,
            if(is_unused, null, pricing_quantity) as pricing_quantity,
            case
                when not is_unused then commitment_quantity
                when commitment_type = 'Savings Plan'
                    then cast(unused_amount as {{ pricing_quantity_type() }})
                when idle_quantity > 0
                    then {{ decimal_of_units(
                        part_of_units(
                            whole_units('idle_quantity', 10), whole_units('unused_amount', 10),
                            whole_units('idle_amount', 10)
                        ),
                        10, pricing_quantity_type()
                    ) }}
            end as commitment_quantity
        ),
        source_dataset || '/' || account_id || '/' || record_id || if(is_unused, '/unused', '')
            as line_id
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
        account_name,
        sub_account_id,
        sub_account_name,
        if(sub_account_id is not null, 'Account', null) as sub_account_type,
        billing_period_start,
        billing_period_end,
        period_start,
        period_end,
        if(
            {{ is_seat_article(
                'service', "concat_ws(' ', charge_description, usage_type, unit)"
            ) }},
            'seat', 'usage'
        ) as charge_scope,
        charge_category,
        case
            when charge_category = 'Usage' then 'Usage-Based'
            when line_type in ('RIFee', 'SavingsPlanRecurringFee') then 'Recurring'
            else 'One-Time'
        end as charge_frequency,
        coalesce(charge_description, usage_type, line_type) as charge_description,
        currency,
        amount as billed_amount,
        effective_amount,
        list_amount,
        list_unit_price,
        pricing_quantity,
        if(pricing_quantity is not null, pricing_unit, null) as pricing_unit,
        if(line_type in ('DiscountedUsage', 'SavingsPlanCoveredUsage'), 'Committed', null)
            as pricing_category,
        quantity,
        if(quantity is not null, unit, null) as unit,
        invoice_id,
        invoice_issuer_name,
        publisher_name,
        {{ cloud_service_name('service', 'service_name') }} as service_name,
        -- Claude as sold by Anthropic through AWS has no model in the bill, but it is AI.
        if(contains(lower(service_name), 'claude platform'), 'AI and Machine Learning', null)
            as service_category,
        if(contains(lower(service_name), 'claude platform'), 'Generative AI', null)
            as service_subcategory,
        resource_id,
        region_id,
        availability_zone,
        sku_id,
        sku_price_id,
        usage_type as sku_meter,
        -- FOCUS wants to know how much was committed by whoever names a commitment.
        if(
            charge_category = 'Usage' or (charge_category = 'Purchase' and commitment_quantity > 0),
            commitment_id, null
        ) as commitment_discount_id,
        if(commitment_discount_id is not null, commitment_quantity, null)
            as commitment_discount_quantity,
        case
            when commitment_discount_quantity is null then null
            when commitment_type = 'Savings Plan' then currency
            else coalesce(stated_unit, 'Units')
        end as commitment_discount_unit,
        if(commitment_discount_id is null, null, commitment_type) as commitment_discount_type,
        case
            when commitment_discount_id is null then null
            when commitment_type = 'Savings Plan' then 'Spend'
            else 'Usage'
        end as commitment_discount_category,
        case
            when commitment_discount_id is null or charge_category != 'Usage' then null
            when is_unused then 'Unused'
            else 'Used'
        end as commitment_discount_status,
        model,
        meter,
        service_tier,
        user_id,
        cost_center,
        tag_department,
        feature,
        tags
    from lines
)

{{ as_shape('focus_lines', 'final') }}
