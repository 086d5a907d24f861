{#- Rows of a bill with what their deliveries say of each other, by the rule of delivery_cells: a
    delivery is what the landing folder takes for one, restated are the days of an account's billing
    period. Adds to rows with account_id, billing_period_start, period_start, refusal, currency,
    delivery, delivered_on, delivery_rank and is_complete:

    superseded_by    file of a newer delivery that states this day, part and service again; null
                     where none does
    superseded_by_delivery  that delivery
    copy_of          file of the same delivery that states exactly the same rows of that period and
                     is read instead, such as the same file unzipped; null for all others
    delivery_notice  what the delivery leaves of older ones; null where nothing

    content  SQL, what a row says, with its id where it has one
    part  SQL, the sub account that the row is of
    edition  SQL, for a delivery that states a period in several forms: of those that name the same
             parts the highest counts
    amount  SQL, the money of the row -#}
{% macro billing_deliveries(rows, content, part, edition="''", amount='billed_amount') -%}
    with hashed_rows as (
        select
            *,
            {{ edition }} as edition,
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
            edition,
            max(delivery_rank) as delivery_rank,
            count(*) as row_count,
            sum(cast(row_hash as hugeint)) as content
        from hashed_rows
        group by all
    ),

    copies as (
        select
            source_file,
            account_id,
            billing_period_start,
            first_value(source_file) over (
                partition by
                    source_dataset, account_id, billing_period_start, delivery, edition,
                    row_count, content
                order by delivery_rank
            ) as first_copy
        from period_files
    ),

    delivery_ranks as (
        select
            source_dataset,
            delivery,
            max(delivery_rank) as rank_of_delivery
        from period_files
        group by source_dataset, delivery
    ),

    billed_rows as (
        select
            hashed_rows.* exclude (edition, row_hash),
            if(copies.first_copy != hashed_rows.source_file, copies.first_copy, null) as copy_of,
            (hashed_rows.delivery, hashed_rows.edition) as statement,
            (delivery_ranks.rank_of_delivery, hashed_rows.edition) as statement_order,
            (
                hashed_rows.source_dataset, hashed_rows.account_id,
                hashed_rows.billing_period_start
            ) as scope,
            concat_ws(
                chr(10), hashed_rows.source_dataset, hashed_rows.account_id,
                hashed_rows.billing_period_start, hashed_rows.delivery, hashed_rows.edition
            ) as named_by,
            -- An export that was narrowed to some services says nothing of the others. Forms of one
            -- delivery may sort its rows into services in their own ways.
            [
                coalesce(lower({{ part }}), ''),
                if(
                    min(hashed_rows.edition) over in_delivery
                    = max(hashed_rows.edition) over in_delivery,
                    coalesce(hashed_rows.service, ''), ''
                )
            ] as part,
            if(
                hashed_rows.account_id is not null
                and hashed_rows.billing_period_start is not null,
                cast(hashed_rows.period_start as date),
                null
            ) as stated_on,
            hashed_rows.refusal is null and copy_of is null as is_stated,
            true as is_row,
            coalesce(hashed_rows.is_complete, true) as has_all_pages,
            {{ amount }} as cell_amount,
            hashed_rows.currency as cell_currency,
            {{ named_days('hashed_rows.source_file', 'hashed_rows.delivered_on') }} as named_days,
            named_days[1] as stated_first,
            named_days[2] as stated_last
        from hashed_rows
        inner join copies
            on
                hashed_rows.source_file = copies.source_file
                and hashed_rows.account_id is not distinct from copies.account_id
                and hashed_rows.billing_period_start
                is not distinct from copies.billing_period_start
        inner join delivery_ranks
            on
                hashed_rows.source_dataset = delivery_ranks.source_dataset
                and hashed_rows.delivery = delivery_ranks.delivery
        window
            in_delivery as (
                partition by
                    hashed_rows.source_dataset, hashed_rows.account_id,
                    hashed_rows.billing_period_start, hashed_rows.delivery
            )
    ),

    told as (
        {{ with_delivery_cells('billed_rows', dimensions=2, names_what_lacks=true) }}
    )

    select
        * exclude (
            statement, statement_order, scope, named_by, part, stated_on, is_stated,
            is_row, has_all_pages, cell_amount, cell_currency, named_days, stated_first,
            stated_last, replaced_by, replaced_by_statement
        ),
        replaced_by as superseded_by,
        replaced_by_statement as superseded_by_delivery
    from told
{%- endmacro %}
