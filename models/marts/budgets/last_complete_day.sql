-- Where nothing is used by day, as with seats alone, the newest day that anything tells of.
with newest as (
    select coalesce(max(used_until), max(newest_day)) as newest_day from {{ ref('data_ends') }}
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
