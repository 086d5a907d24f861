with focus_lines as (
    select * from {{ ref('focus_lines') }}
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where is_billing_source
),

subcategories as (
    select * from {{ ref('service_subcategories') }}
),

categories as (
    select distinct service_category from subcategories
),

services as (
    select * from {{ ref('services') }}
),

unit_names as (
    select * from {{ ref('unit_names') }}
),

-- A line without quantity and amount charges nothing.
charged as (
    select
        focus_lines.* replace (
            coalesce(consumed.focus_unit, focus_lines.unit) as unit,
            coalesce(priced.focus_unit, focus_lines.pricing_unit) as pricing_unit,
            coalesce(committed.focus_unit, focus_lines.commitment_discount_unit)
                as commitment_discount_unit
        )
    from focus_lines
    inner join source_days
        on
            {{ source_day_condition(
                'focus_lines',
                charge_kind('focus_lines.charge_scope', 'focus_lines.charge_category'),
                'focus_lines.period_start', 'source_days'
            ) }}
    left join unit_names as consumed on focus_lines.unit = consumed.unit
    left join unit_names as priced on focus_lines.pricing_unit = priced.unit
    left join unit_names as committed
        on focus_lines.commitment_discount_unit = committed.unit
    where
        focus_lines.billed_amount != 0
        or focus_lines.effective_amount != 0
        or coalesce(focus_lines.list_amount, 0) != 0
        or coalesce(focus_lines.quantity, 0) != 0
),

-- Providers leave gaps that later FOCUS versions forbid. What can be concluded is filled here, what
-- cannot is null on all columns of its group; no amount is touched.
completed as (
    select
        charged.* replace (
            -- Usage that is paid back is a credit: a use has a quantity above 0.
            if(
                charged.charge_category = 'Usage'
                and charged.billed_amount < 0
                and charged.billed_amount = charged.effective_amount
                and coalesce(charged.quantity, 0) <= 0,
                'Credit', charged.charge_category
            ) as charge_category,
            coalesce(
                charged.list_unit_price,
                if(
                    charged.list_amount = charged.contracted_amount,
                    charged.contracted_unit_price,
                    null
                )
            ) as list_unit_price,
            coalesce(
                charged.contracted_unit_price,
                if(
                    charged.list_amount = charged.contracted_amount,
                    charged.list_unit_price,
                    null
                )
            ) as contracted_unit_price,
            coalesce(charged.region_id, charged.region_name) as region_id,
            coalesce(charged.region_name, charged.region_id) as region_name
        ),
        coalesce(
            charged.list_amount,
            charged.contracted_amount,
            if(charged.billed_amount = 0, charged.effective_amount, charged.billed_amount)
        ) as known_list_amount,
        coalesce(
            charged.sku_id,
            charged.service || '/' || coalesce(
                charged.sku_meter, charged.charge_description, charged.service_name, 'unnamed'
            )
        ) as known_sku_id,
        charged.commitment_discount_id is not null
        and charged.commitment_discount_category in ('Spend', 'Usage')
        and charged.commitment_discount_type is not null
        and (
            charged.charge_category != 'Usage'
            or charged.commitment_discount_status in ('Used', 'Unused')
        ) as is_committed,
        charged.capacity_reservation_id is not null
        and (
            charged.charge_category != 'Usage'
            or charged.capacity_reservation_status in ('Used', 'Unused')
        ) as is_reserved
    from charged
),

-- A stated price is kept where price times quantity is the stated cost up to 0.000001 of the
-- currency; the cost is then the exact product, as FOCUS wants it.
priced as (
    select
        completed.*,
        coalesce(
            completed.charge_category in ('Usage', 'Purchase')
            and completed.list_unit_price >= 0
            and completed.contracted_unit_price >= 0
            and abs(
                {{ exact_product(
                    'completed.list_unit_price', 'completed.pricing_quantity', money_type()
                ) }}
                - coalesce(completed.list_amount, completed.contracted_amount)
            ) <= 0.000001
            and abs(
                {{ exact_product(
                    'completed.contracted_unit_price', 'completed.pricing_quantity', money_type()
                ) }}
                - coalesce(completed.contracted_amount, completed.list_amount)
            ) <= 0.000001,
            false
        ) as has_price,
        completed.charge_category = 'Usage'
        and not (
            completed.is_committed
            and completed.commitment_discount_status is not distinct from 'Unused'
        ) as is_consumed,
        -- The provider's own word. A line that states none has the category of its service.
        coalesce(
            categories.service_category,
            max(nullif(categories.service_category, 'Other')) over (
                partition by completed.service_provider_name, completed.service_name
            ),
            services.service_category,
            'Other'
        ) as known_category,
        if(
            subcategories.service_category = known_category,
            subcategories.service_subcategory,
            null
        ) as stated_subcategory,
        if(
            services.service_category = known_category, services.service_subcategory, null
        ) as usual_subcategory
    from completed
    left join subcategories
        on
            completed.service_category = subcategories.service_category
            and completed.service_subcategory = subcategories.service_subcategory
    left join categories on completed.service_category = categories.service_category
    left join services on completed.service = services.service
),

categorised as (
    select
        *,
        coalesce(
            stated_subcategory,
            max(stated_subcategory) over (
                partition by service_provider_name, service_name, known_category
            ),
            usual_subcategory,
            'Other (' || known_category || ')'
        ) as known_subcategory
    from priced
),

-- A commitment that is bought, or goes unused, is itself the resource.
commitments as (
    select
        *,
        is_committed
        and resource_id is null
        and (charge_category = 'Purchase' or commitment_discount_status = 'Unused')
            as is_commitment_itself,
        -- Prices in another currency than the bill's are kept where all of them are stated.
        coalesce(
            pricing_currency != currency
            and pricing_currency_effective_amount is not null
            and (
                charge_category = 'Tax'
                or (
                    has_price
                    and pricing_currency_list_unit_price >= 0
                    and pricing_currency_contracted_unit_price >= 0
                )
            ),
            false
        ) as has_pricing_currency
    from categorised
),

resourced as (
    select
        * replace (
            if(is_commitment_itself, commitment_discount_id, resource_id) as resource_id,
            if(is_commitment_itself, commitment_discount_name, resource_name) as resource_name,
            if(is_commitment_itself, commitment_discount_type, resource_type) as resource_type
        )
    from commitments
),

final as (
    select
        focus_line_id as charge_id,
        source_dataset,
        service,
        charge_scope,
        account_id,
        account_name,
        account_type,
        sub_account_id,
        if(sub_account_id is not null, sub_account_name, null) as sub_account_name,
        if(sub_account_id is not null, sub_account_type, null) as sub_account_type,
        {{ evidence_key('cast(period_start as date)', evidence_of('focus')) }} as evidence_key,
        feature,
        tags,
        resource_id,
        if(
            resource_id is not null and resource_name != resource_id, resource_name, null
        ) as resource_name,
        if(resource_id is not null, coalesce(resource_type, 'Resource'), null) as resource_type,
        region_id,
        region_name,
        availability_zone,
        model,
        meter,
        service_tier,
        charge_category,
        charge_class,
        case
            when
                charge_frequency in ('One-Time', 'Recurring', 'Usage-Based')
                and not (charge_category = 'Purchase' and charge_frequency = 'Usage-Based')
                then charge_frequency
            when charge_category = 'Usage' then 'Usage-Based'
            else 'One-Time'
        end as charge_frequency,
        charge_description,
        if(invoice_id is not null, 'Invoiced', 'Reported') as cost_basis,
        currency,
        invoice_id,
        invoice_detail_id,
        billing_period_start,
        billing_period_end,
        period_start,
        period_end,
        case
            when not is_consumed then null
            when quantity > 0 then quantity
            when pricing_quantity > 0 then pricing_quantity
        end as quantity,
        case
            when not is_consumed then null
            when quantity > 0 then coalesce(unit, 'Units')
            when pricing_quantity > 0 then coalesce(pricing_unit, 'Units')
        end as unit,
        known_sku_id as sku_id,
        case
            when not has_price then null
            when starts_with(sku_price_id, known_sku_id) then sku_price_id
            else
                known_sku_id || '/' || coalesce(
                    sku_price_id, {{ plain_number('list_unit_price') }} || ' ' || currency
                )
        end as sku_price_id,
        sku_meter,
        if(has_price, sku_price_details, null) as sku_price_details,
        if(has_price, coalesce(pricing_unit, 'Units'), null) as pricing_unit,
        if(has_price, pricing_quantity, null) as pricing_quantity,
        if(has_price, list_unit_price, null) as list_unit_price,
        if(has_price, contracted_unit_price, null) as contracted_unit_price,
        if(has_pricing_currency, pricing_currency, null) as pricing_currency,
        if(
            has_pricing_currency and has_price, pricing_currency_list_unit_price, null
        ) as pricing_currency_list_unit_price,
        if(
            has_pricing_currency and has_price, pricing_currency_contracted_unit_price, null
        ) as pricing_currency_contracted_unit_price,
        if(
            has_pricing_currency, pricing_currency_effective_amount, null
        ) as pricing_currency_effective_amount,
        case
            when charge_category not in ('Usage', 'Purchase') then null
            when charge_category = 'Usage' and is_committed then 'Committed'
            when pricing_category in ('Standard', 'Dynamic', 'Committed', 'Other')
                then pricing_category
            when pricing_category is not null then 'Other'
            else 'Standard'
        end as pricing_category,
        if(is_committed, commitment_discount_id, null) as commitment_discount_id,
        if(is_committed, commitment_discount_name, null) as commitment_discount_name,
        if(is_committed, commitment_discount_category, null) as commitment_discount_category,
        if(is_committed, commitment_discount_type, null) as commitment_discount_type,
        if(is_committed, commitment_discount_status, null) as commitment_discount_status,
        -- FOCUS 1.0 has neither quantity nor unit: a spend commitment counts money, what is paid
        -- for it where it is bought and what it covers where it is used.
        try_cast(
            case
                when is_committed and charge_class = 'Correction' then null
                when is_committed and commitment_discount_category = 'Spend'
                    then coalesce(
                        commitment_discount_quantity,
                        if(charge_category = 'Purchase', billed_amount, effective_amount)
                    )
                when is_committed then coalesce(commitment_discount_quantity, pricing_quantity)
            end as {{ pricing_quantity_type() }}
        ) as commitment_discount_quantity,
        case
            when is_committed and charge_class = 'Correction' then null
            when is_committed and commitment_discount_category = 'Spend'
                then coalesce(commitment_discount_unit, currency)
            when is_committed then coalesce(commitment_discount_unit, pricing_unit, 'Units')
        end as commitment_discount_unit,
        -- What a commitment covered was eligible for one, whether or not the provider says so.
        coalesce(
            commitment_program_eligibility_details,
            if(
                is_committed and commitment_discount_type is not null,
                '{"CommitmentPrograms":[{"ProgramType":' || to_json(commitment_discount_type)
                || '}]}',
                null
            )
        ) as commitment_program_eligibility_details,
        if(is_reserved, capacity_reservation_id, null) as capacity_reservation_id,
        if(is_reserved, capacity_reservation_status, null) as capacity_reservation_status,
        contract_applied,
        allocated_method_id,
        allocated_method_details,
        allocated_resource_id,
        allocated_resource_name,
        allocated_tags,
        service_name,
        known_category as service_category,
        known_subcategory as service_subcategory,
        service_provider_name,
        host_provider_name,
        invoice_issuer_name,
        publisher_name,
        billed_amount as amount,
        effective_amount,
        known_list_amount as list_amount,
        cast(
            if(has_price, null, contracted_amount) as {{ money_type() }}
        ) as contracted_amount
    from resourced
)

select * from final
