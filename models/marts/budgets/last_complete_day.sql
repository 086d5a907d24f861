with newest as (
    select max(used_until) as newest_day from {{ ref('data_ends') }}
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
