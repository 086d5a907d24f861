{#- Clouds replace a whole billing period with every delivery of their bill. Adds to rows with
    account_id and billing_period_start the column superseded_by, null for rows of the newest
    delivery of their account and period, otherwise a file of that delivery. Files delivered on the
    same day (date in the name) are one delivery; undated ones are one per folder, and a time that a
    cloud writes into the folder's name orders them before the files' own order does. -#}
{% macro billing_deliveries(rows) -%}
    with delivered_rows as (
        select
            *,
            coalesce(cast(delivered_on as varchar), account_folder, '') as delivery,
            coalesce(
                cast(delivered_on as varchar),
                nullif(regexp_extract(account_folder, '20\d\d-?\d\d-?\d\dT[^/]*'), '')
            ) as delivered_at
        from {{ rows }}
    ),

    ranked_deliveries as (
        select
            *,
            max(delivery_rank) over (
                partition by source_dataset, account_id, billing_period_start, delivery
            ) as rank_of_delivery
        from delivered_rows
    ),

    newest_deliveries as (
        select
            *,
            first_value(delivery) over period as newest_delivery,
            first_value(source_file) over period as newest_file
        from ranked_deliveries
        window period as (
            partition by source_dataset, account_id, billing_period_start
            order by delivered_at desc nulls last, rank_of_delivery desc, delivery_rank desc
        )
    )

    select
        * exclude (delivery, delivered_at, rank_of_delivery, newest_delivery, newest_file),
        if(delivery != newest_delivery, newest_file, null) as superseded_by
    from newest_deliveries
{%- endmacro %}
