{{ config(materialized='table') }}

with commitment_balances as (
    select * from {{ ref('commitment_balances') }}
),

commitment_draws as (
    select * from {{ ref('commitment_draws') }}
),

-- Each reads the lines for itself: DuckDB would hold all columns of a CTE that two others share.
drawn_lines as (
    select charge_lines.*
    from {{ ref('charge_lines') }} as charge_lines
    semi join commitment_draws on charge_lines.charge_id = commitment_draws.charge_id
),

services as (
    select * from {{ ref('services') }}
),

draws as (
    select
        commitment_draws.*,
        balances.contract_commitment_type,
        balances.contract_commitment_description,
        {{ contract_element('balances', 'commitment_draws.drawn_cost') }} as contract_element
    from commitment_draws
    inner join commitment_balances as balances
        on
            commitment_draws.contract_commitment_id = balances.contract_commitment_id
            and commitment_draws.is_prepaid = balances.is_prepaid
),

promised as (
    select
        charge_id,
        string_agg(contract_element, ',' order by drawn_before asc) as contract_elements
    from draws
    where not is_prepaid
    group by charge_id
),

prepaid as (
    select
        charge_id,
        sum(drawn_cost) as prepaid_cost
    from draws
    where is_prepaid
    group by charge_id
),

-- A line is what prepaid balances pay of it, one part each, and what is left to be billed.
parts as (
    select
        drawn_lines.*,
        draws.drawn_before as part_start,
        draws.drawn_before + draws.drawn_cost as part_end,
        draws.drawn_cost as part_cost,
        draws.drawn_so_far,
        draws.contract_commitment_id,
        draws.contract_commitment_type,
        draws.contract_commitment_description,
        draws.contract_element as contract_elements
    from drawn_lines
    inner join draws on drawn_lines.charge_id = draws.charge_id
    where draws.is_prepaid
    union all by name
    select
        drawn_lines.*,
        coalesce(prepaid.prepaid_cost, 0) as part_start,
        drawn_lines.billed_cost as part_end,
        drawn_lines.billed_cost - coalesce(prepaid.prepaid_cost, 0) as part_cost,
        promised.contract_elements
    from drawn_lines
    left join prepaid on drawn_lines.charge_id = prepaid.charge_id
    left join promised on drawn_lines.charge_id = promised.charge_id
    where prepaid.prepaid_cost is null or prepaid.prepaid_cost < drawn_lines.billed_cost
),

measured as (
    select
        * replace (
            {{ part_of_quantity('pricing_quantity', pricing_quantity_type(), 10) }}
                as pricing_quantity,
            {{ part_of_quantity('consumed_quantity', quantity_type(), 4) }} as consumed_quantity
        ),
        contract_commitment_id is not null as is_covered,
        part_cost != billed_cost as is_divided
    from parts
),

divided as (
    select
        * replace (
            if(
                is_covered and is_divided, charge_id || '/' || contract_commitment_id, charge_id
            ) as charge_id,
            case
                when is_covered then 0
                when is_divided then part_cost
                else billed_cost
            end as billed_cost,
            if(is_divided, part_cost, effective_cost) as effective_cost,
            if(
                is_divided, part_cost, pricing_currency_effective_cost
            ) as pricing_currency_effective_cost,
            if(
                is_divided,
                coalesce(
                    {{ exact_product('list_unit_price', 'pricing_quantity', money_type()) }},
                    part_cost
                ),
                list_cost
            ) as list_cost,
            if(
                is_divided,
                coalesce(
                    {{ exact_product('contracted_unit_price', 'pricing_quantity', money_type()) }},
                    part_cost
                ),
                contracted_cost
            ) as contracted_cost,
            if(is_covered, 'Committed', pricing_category) as pricing_category,
            if(is_covered, 'Spend', commitment_discount_category) as commitment_discount_category,
            coalesce(contract_commitment_id, commitment_discount_id) as commitment_discount_id,
            coalesce(
                contract_commitment_description, commitment_discount_name
            ) as commitment_discount_name,
            -- Running totals are rounded, so that the quantities add up to the balance.
            cast(
                if(
                    is_covered,
                    cast(drawn_so_far as {{ pricing_quantity_type() }})
                    - cast(drawn_so_far - part_cost as {{ pricing_quantity_type() }}),
                    commitment_discount_quantity
                ) as {{ pricing_quantity_type() }}
            ) as commitment_discount_quantity,
            if(is_covered, 'Used', commitment_discount_status) as commitment_discount_status,
            coalesce(
                contract_commitment_type, commitment_discount_type
            ) as commitment_discount_type,
            if(is_covered, billing_currency, commitment_discount_unit) as commitment_discount_unit,
            if(
                is_covered,
                '{"CommitmentPrograms":[{"ProgramType":'
                || to_json(contract_commitment_type) || '}]}',
                commitment_program_eligibility_details
            ) as commitment_program_eligibility_details,
            coalesce(
                '{"Elements":[' || contract_elements || ']}', contract_applied
            ) as contract_applied
        )
    from measured
),

lines_of_committed_accounts as (
    select charge_lines.*
    from {{ ref('charge_lines') }} as charge_lines
    semi join commitment_balances
        on
            charge_lines.service = commitment_balances.service
            and charge_lines.billing_account_id = commitment_balances.billing_account_id
),

accounts as (
    select
        service,
        billing_account_id,
        arg_max(billing_account_name, (charge_period_start, charge_id)) as billing_account_name,
        arg_max(billing_account_type, (charge_period_start, charge_id)) as billing_account_type,
        arg_max(invoice_issuer_name, (charge_period_start, charge_id)) as invoice_issuer_name
    from lines_of_committed_accounts
    group by service, billing_account_id
),

data_ends as (
    select * from {{ ref('data_ends') }}
),

drawn as (
    select
        contract_commitment_id,
        sum(drawn_cost) as drawn_cost
    from commitment_draws
    where is_prepaid
    group by contract_commitment_id
),

-- As the state of a commitment, seen from the end of the data and not from the clock: it is bought
-- by the company's newest day, and lapses when the service's own data have passed its end.
prepayments as (
    select
        balances.*,
        'organisation/contracts' as source_dataset,
        balances.balance - coalesce(drawn.drawn_cost, 0) as unused_cost,
        data_ends.known_until >= balances.commitment_end as is_over
    from commitment_balances as balances
    inner join data_ends on balances.service = data_ends.service
    left join drawn on balances.contract_commitment_id = drawn.contract_commitment_id
    where balances.is_prepaid and balances.commitment_start <= data_ends.newest_day
),

-- The purchase covers what is used, so that its own effective cost is 0. What is left at the end
-- lapses on the last day.
events as (
    select
        *,
        'purchase' as row_kind,
        'Purchase' as charge_category,
        'One-Time' as charge_frequency,
        commitment_start as period_start,
        contract_commitment_description as charge_description,
        balance as billed_cost,
        cast(0 as {{ money_type() }}) as effective_cost,
        cast(balance as {{ pricing_quantity_type() }}) as pricing_quantity,
        'Standard' as pricing_category,
        cast(null as varchar) as commitment_discount_status,
        purchase_invoice_id as invoice_id
    from prepayments
    union all
    select
        *,
        'unused' as row_kind,
        'Usage' as charge_category,
        'Usage-Based' as charge_frequency,
        commitment_end - interval '1 day' as period_start,
        contract_commitment_description || ', unused' as charge_description,
        cast(0 as {{ money_type() }}) as billed_cost,
        unused_cost as effective_cost,
        cast(
            cast(balance as {{ pricing_quantity_type() }})
            - cast(balance - unused_cost as {{ pricing_quantity_type() }})
            as {{ pricing_quantity_type() }}
        ) as pricing_quantity,
        'Committed' as pricing_category,
        'Unused' as commitment_discount_status,
        cast(null as varchar) as invoice_id
    from prepayments
    where is_over and unused_cost > 0
),

dated as (
    select
        *,
        {{ evidence_key('cast(period_start as date)', []) }} as evidence_key
    from events
),

own_lines as (
    select
        'commitment/' || dated.contract_commitment_id || '/' || dated.row_kind as charge_id,
        dated.service,
        'commitment' as charge_scope,
        dated.evidence_key,
        dated.billing_account_id,
        coalesce(accounts.billing_account_name, dated.billing_account_id) as billing_account_name,
        coalesce(accounts.billing_account_type, 'Account') as billing_account_type,
        date_trunc('month', dated.period_start) as billing_period_start,
        date_trunc('month', dated.period_start) + interval '1 month' as billing_period_end,
        dated.period_start as charge_period_start,
        dated.commitment_end as charge_period_end,
        dated.charge_category,
        dated.charge_frequency,
        dated.charge_description,
        dated.billing_currency,
        dated.billed_cost,
        dated.effective_cost,
        cast(dated.pricing_quantity as {{ money_type() }}) as list_cost,
        cast(dated.pricing_quantity as {{ money_type() }}) as contracted_cost,
        cast(1 as {{ unit_price_type() }}) as list_unit_price,
        cast(1 as {{ unit_price_type() }}) as contracted_unit_price,
        dated.pricing_quantity,
        dated.billing_currency as pricing_unit,
        dated.pricing_category,
        dated.billing_currency as pricing_currency,
        cast(1 as {{ unit_price_type() }}) as pricing_currency_list_unit_price,
        cast(1 as {{ unit_price_type() }}) as pricing_currency_contracted_unit_price,
        dated.effective_cost as pricing_currency_effective_cost,
        dated.invoice_id,
        if(
            dated.invoice_id is not null,
            concat_ws('/', dated.billing_account_id, services.service_name, dated.charge_category),
            null
        ) as invoice_detail_id,
        coalesce(
            dated.invoice_issuer_name, accounts.invoice_issuer_name, services.invoice_issuer_name
        ) as invoice_issuer_name,
        services.service_name,
        services.service_category,
        services.service_subcategory,
        services.service_provider_name,
        services.host_provider_name,
        services.service_provider_name as provider_name,
        services.publisher_name,
        dated.service || '/commitment/' || dated.contract_commitment_id as sku_id,
        dated.service || '/commitment/' || dated.contract_commitment_id
        || '/by amount in ' || dated.billing_currency as sku_price_id,
        dated.contract_commitment_type as sku_meter,
        dated.contract_commitment_id as resource_id,
        dated.contract_commitment_description as resource_name,
        dated.contract_commitment_type as resource_type,
        'Spend' as commitment_discount_category,
        dated.contract_commitment_id as commitment_discount_id,
        dated.contract_commitment_description as commitment_discount_name,
        dated.pricing_quantity as commitment_discount_quantity,
        dated.commitment_discount_status,
        dated.contract_commitment_type as commitment_discount_type,
        dated.billing_currency as commitment_discount_unit,
        '{"Elements":['
        || {{ contract_element('dated', 'dated.effective_cost') }}
        || ']}' as contract_applied,
        services.ai_vendor as x_ai_vendor,
        if(dated.invoice_id is not null, 'Invoiced', 'Reported') as x_cost_basis,
        dated.source_dataset as x_source_dataset
    from dated
    left join services on dated.service = services.service
    left join accounts
        on
            dated.service = accounts.service
            and dated.billing_account_id = accounts.billing_account_id
),

all_lines as (
    select * from divided
    union all by name
    select * from own_lines
),

final as (
    select
        charge_id,
        service,
        charge_scope,
        evidence_key,
        feature,
        account_id,
        meter,
        model,
        service_tier,
        inference_geo,
        token_column,
        billing_account_id,
        billing_account_name,
        billing_account_type,
        sub_account_id,
        sub_account_name,
        sub_account_type,
        billing_period_start,
        billing_period_end,
        charge_period_start,
        charge_period_end,
        charge_category,
        charge_class,
        charge_frequency,
        charge_description,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost,
        list_unit_price,
        contracted_unit_price,
        pricing_quantity,
        pricing_unit,
        pricing_category,
        pricing_currency,
        pricing_currency_list_unit_price,
        pricing_currency_contracted_unit_price,
        pricing_currency_effective_cost,
        consumed_quantity,
        consumed_unit,
        invoice_id,
        invoice_detail_id,
        invoice_issuer_name,
        service_name,
        service_category,
        service_subcategory,
        service_provider_name,
        host_provider_name,
        provider_name,
        publisher_name,
        sku_id,
        sku_price_id,
        sku_meter,
        sku_price_details,
        resource_id,
        resource_name,
        resource_type,
        region_id,
        region_name,
        availability_zone,
        tags,
        capacity_reservation_id,
        capacity_reservation_status,
        commitment_discount_category,
        commitment_discount_id,
        commitment_discount_name,
        commitment_discount_quantity,
        commitment_discount_status,
        commitment_discount_type,
        commitment_discount_unit,
        commitment_program_eligibility_details,
        contract_applied,
        allocated_method_id,
        allocated_method_details,
        allocated_resource_id,
        allocated_resource_name,
        allocated_tags,
        x_ai_model,
        x_ai_vendor,
        x_plan_type,
        x_is_agentic,
        x_cache_hit,
        x_cost_basis,
        x_source_dataset
    from all_lines
)

select * from final
