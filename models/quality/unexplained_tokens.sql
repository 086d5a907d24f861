{{ config(materialized='table') }}

{%- set readers = [
    'base_litellm__records', 'base_langfuse__observations', 'base_helicone__requests',
    'base_portkey__logs', 'base_opentelemetry__traces', 'base_google_vertex__request_logs',
    'base_coding_agents__codex', 'base_coding_agents__gemini_cli',
] %}

with records as (
    {%- for reader in readers %}
        select
            source_dataset,
            source_file,
            source_line,
            record_id,
            tokens,
            unexplained_tokens
        from {{ ref(reader) }}
        where record_status = 'accepted' and unexplained_tokens != 0
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

priced_usage as (
    select * from {{ ref('priced_usage') }}
),

-- Nobody knows what the tokens were: the price of the record's input, or else its dearest.
prices as (
    select
        priced_usage.source_dataset,
        priced_usage.source_file,
        priced_usage.source_line,
        priced_usage.record_id,
        coalesce(
            max(priced_usage.list_unit_price) filter (where priced_usage.meter = 'input_tokens'),
            max(priced_usage.list_unit_price)
        ) as unit_price,
        max(priced_usage.price_currency) as currency
    from priced_usage
    semi join records
        on
            priced_usage.source_dataset = records.source_dataset
            and priced_usage.record_id = records.record_id
    where
        priced_usage.pricing_unit = '1000000 Tokens'
        and priced_usage.list_unit_price is not null
    group by all
),

final as (
    select
        records.source_dataset,
        records.source_file,
        records.source_line,
        records.record_id,
        cast(records.tokens as bigint) as counted_tokens,
        cast(records.tokens as bigint) + records.unexplained_tokens as stated_tokens,
        records.unexplained_tokens,
        {{ exact_product(
            decimal_of_units(
                'abs(records.unexplained_tokens)', 6, pricing_quantity_type()
            ),
            'prices.unit_price', money_type()
        ) }} as cost_at_stake,
        prices.currency
    from records
    left join prices
        on
            records.source_dataset = prices.source_dataset
            and records.source_file = prices.source_file
            and records.source_line = prices.source_line
            and records.record_id = prices.record_id
)

select * from final
