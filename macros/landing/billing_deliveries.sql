{#- Clouds replace a whole billing period with every delivery of their bill. Adds to rows with
    account_id and billing_period_start:

    superseded_by  null for rows of the newest delivery of their account and period, otherwise a
                   file of that delivery
    copy_of        file of the same delivery that states exactly the same rows of that period and
                   is read instead, such as the same file unzipped; null for all others

    `rows` has delivery and delivery_rank, as the landing folder knows them. `content` is SQL, what a row says, with its id where it has one. -#}
{% macro billing_deliveries(rows, content) -%}
    with delivered_rows as (
        select
            *,
            hash(coalesce({{ content }}, cast(source_line as varchar))) as row_hash
        from {{ rows }}
    ),

    period_files as (
        select
            source_dataset,
            source_file,
            account_id,
            billing_period_start,
            delivery,
            max(delivery_rank) as delivery_rank,
            count(*) as row_count,
            sum(cast(row_hash as hugeint)) as content
        from delivered_rows
        group by all
    ),

    ranked_files as (
        select
            *,
            max(delivery_rank) over (
                partition by source_dataset, account_id, billing_period_start, delivery
            ) as rank_of_delivery,
            first_value(source_file) over (
                partition by
                    source_dataset, account_id, billing_period_start, delivery, row_count, content
                order by delivery_rank
            ) as first_copy
        from period_files
    ),

    judged_files as (
        select
            *,
            first_value(delivery) over period as newest_delivery,
            first_value(source_file) over period as newest_file
        from ranked_files
        window period as (
            partition by source_dataset, account_id, billing_period_start
            order by rank_of_delivery desc, delivery_rank desc
        )
    )

    select
        delivered_rows.* exclude (row_hash),
        if(
            judged_files.delivery != judged_files.newest_delivery, judged_files.newest_file, null
        ) as superseded_by,
        if(
            judged_files.first_copy != judged_files.source_file, judged_files.first_copy, null
        ) as copy_of
    from delivered_rows
    inner join judged_files
        on
            delivered_rows.source_file = judged_files.source_file
            and delivered_rows.account_id is not distinct from judged_files.account_id
            and delivered_rows.billing_period_start
            is not distinct from judged_files.billing_period_start
{%- endmacro %}
