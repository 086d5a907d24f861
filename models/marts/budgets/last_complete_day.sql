-- A table: one row, and all charges stand behind it.
{{ config(materialized='table') }}

with charges as (
    select * from {{ ref('charge') }}
    where
        charge_category = 'Usage'
        and charge_class is null
        and charge_period_end <= charge_period_start + interval '1 day'
),

newest as (
    select max(cast(charge_period_start as date)) as newest_day from charges
),

-- The newest day may still be running when the files are written; the one before it is over.
final as (
    select
        newest_day,
        {% if var('as_of_date') %}
            cast('{{ var("as_of_date") }}' as date)
        {% else %}
            newest_day - 1
        {% endif %} as last_complete_day
    from newest
)

select * from final
