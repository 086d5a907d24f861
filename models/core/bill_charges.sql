with bill_lines as (
    select * from {{ ref('measured_bill_lines') }}
),

dated_prices as (
    select * from {{ ref('dated_prices') }}
),

meters as (
    select * from {{ ref('meters') }}
),

source_days as (
    select * from {{ ref('billing_source_days') }}
    where is_billing_source
),

charged as (
    select bill_lines.*
    from bill_lines
    inner join source_days
        on
            {{ source_day_condition(
                'bill_lines',
                charge_kind('bill_lines.charge_scope', 'bill_lines.charge_category'),
                'bill_lines.period_start', 'source_days'
            ) }}
),

priced as (
    select
        charged.*,
        dated_prices.model_id,
        -- The vendor's own unit price before the price book's.
        case
            when
                charged.quantity is null
                or charged.charge_category not in ('Usage', 'Purchase')
                then 'none'
            when charged.unit_price is not null then 'stated'
            when
                dated_prices.list_unit_price is not null
                and dated_prices.price_currency = charged.currency
                and meters.consumed_unit = charged.unit
                then 'book'
            else 'none'
        end as price_origin,
        dated_prices.sku_id as book_sku_id,
        dated_prices.sku_price_id as book_sku_price_id,
        dated_prices.pricing_unit as book_pricing_unit,
        dated_prices.list_unit_price,
        dated_prices.contracted_unit_price
    from charged
    left join meters on charged.meter = meters.meter
    left join dated_prices
        on {{ price_condition('charged', 'charged.period_start') }}
),

final as (
    select
        bill_line_id as charge_id,
        source_dataset,
        service,
        charge_scope,
        account_id,
        sub_account_id,
        sub_account_name,
        {{ evidence_key('cast(period_start as date)', evidence_of('bill')) }} as evidence_key,
        cast(null as varchar) as feature,
        tags,
        repository as resource_id,
        if(repository is not null, 'Repository', null) as resource_type,
        model,
        model_id,
        meter,
        service_tier,
        inference_geo,
        host_provider_name,
        is_agentic,
        plan_type,
        charge_category,
        case charge_category
            when 'Usage' then 'Usage-Based'
            when 'Purchase' then 'Recurring'
            else 'One-Time'
        end as charge_frequency,
        charge_description,
        if(invoice_id is not null, 'Invoiced', 'Reported') as cost_basis,
        currency,
        invoice_id,
        period_start,
        period_end,
        quantity,
        unit,
        case price_origin
            when 'stated' then service || '/' || sku
            when 'book' then book_sku_id
        end as sku_id,
        case price_origin
            when 'stated'
                then
                    service || '/' || sku || '/'
                    || {{ plain_number('unit_price') }} || ' ' || currency
            when 'book' then book_sku_price_id
        end as sku_price_id,
        case price_origin
            when 'stated' then unit
            when 'book' then book_pricing_unit
        end as pricing_unit,
        case price_origin
            when 'stated' then try_cast(quantity as {{ pricing_quantity_type() }})
            when 'book' then {{ pricing_quantity_of('quantity', 'book_pricing_unit') }}
        end as pricing_quantity,
        case price_origin
            when 'stated' then unit_price
            when 'book' then list_unit_price
        end as list_unit_price,
        case price_origin
            when 'stated' then unit_price
            when 'book' then contracted_unit_price
        end as contracted_unit_price,
        net_amount as amount,
        if(price_origin = 'none', list_amount, null) as list_amount,
        sku
    from priced
    -- A line without quantity and amount charges nothing.
    where quantity is not null or net_amount != 0
)

select * from final
