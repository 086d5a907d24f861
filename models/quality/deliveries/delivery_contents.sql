{{ config(materialized='table') }}

with contents as (
    {%- for model in record_models() %}
    {{ record_contents(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        source_dataset,
        source_file,
        account_id,
        record_status,
        currency,
        record_count,
        missing_pages,
        missing_words,
        cast(amount as {{ money_type() }}) as amount,
        first_day,
        last_day
    from contents
)

select * from final
