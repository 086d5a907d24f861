with usage as (
    select {{ shape_columns('usage') | join(', ') }}
    from {{ ref('usage') }}
),

dated_prices as (
    select * from {{ ref('dated_prices') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

priced as (
    select
        usage.*,
        coalesce(dated_prices.model_id, model_names.model_id) as model_id,
        model_names.name_problem,
        dated_prices.sku_id,
        dated_prices.sku_price_id,
        dated_prices.pricing_unit,
        {{ pricing_quantity_of('usage.quantity', 'dated_prices.pricing_unit') }}
            as pricing_quantity,
        dated_prices.list_unit_price,
        dated_prices.contracted_unit_price,
        dated_prices.price_currency,
        dated_prices.price_source,
        dated_prices.contract_id
    from usage
    left join model_names
        on
            usage.service = model_names.service
            and usage.model = model_names.model
    left join dated_prices
        on {{ price_condition('usage', 'usage.started_at') }}
),

final as (
    select
        * exclude (name_problem),
        {{ exact_product('list_unit_price', 'pricing_quantity', money_type()) }} as list_cost,
        {{ exact_product('contracted_unit_price', 'pricing_quantity', money_type()) }}
            as contracted_cost,
        case
            when not is_billable then 'not billable'
            when list_unit_price is not null then 'priced'
            when model is null then 'no model named'
            when model_id is null
                then 'model not in the price book' || coalesce(': ' || name_problem, '')
            else 'no price for this meter and tier on that day'
        end as price_status
    from priced
)

select * from final
