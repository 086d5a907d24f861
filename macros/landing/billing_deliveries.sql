{#- Rows of a bill with what their deliveries say of each other, by the rule of delivery_cells: a
    delivery is what the landing folder takes for one, restated are the days of an account's billing
    period. Adds to rows with account_id, billing_period_start, period_start, refusal, currency,
    delivery, delivered_on, delivery_rank and is_complete:

    superseded_by    file of a newer delivery that states this day, part and service again; null
                     where none does
    superseded_by_delivery  that delivery
    copy_of          file of the same delivery that states the same rows for that period and is
                     read instead, such as the same file unzipped; of an undated one also a file
                     that states more, such as a later export into the same folder; null for all
                     others
    delivery_notice  what the delivery leaves of older ones, and that files of an undated one add
                     up on the same days; null where nothing

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
            hash(coalesce({{ content }}, cast(source_line as varchar))) as row_hash,
            -- What its files state together: a billing period of an account, in one delivery.
            (source_dataset, account_id, billing_period_start, delivery, edition) as period
        from {{ rows }}
    ),

    period_files as (
        select
            period,
            source_file,
            max(delivery_rank) as delivery_rank,
            max(delivered_on) is null as is_undated,
            count(*) as row_count,
            count(*) over (partition by period) as file_count
        from hashed_rows
        group by period, source_file
    ),

    row_counts as (
        select
            hashed_rows.period,
            hashed_rows.source_file,
            hashed_rows.row_hash,
            count(*) as row_count
        from hashed_rows
        inner join period_files
            on
                hashed_rows.period = period_files.period
                and hashed_rows.source_file = period_files.source_file
        where period_files.file_count > 1
        group by all
    ),

    shared as (
        select
            small.period,
            small.source_file,
            large.source_file as large_file,
            sum(least(small.row_count, large.row_count)) as row_count
        from row_counts as small
        inner join row_counts as large
            on
                small.period = large.period
                and small.row_hash = large.row_hash
                and small.source_file != large.source_file
        group by all
    ),

    -- The largest file that holds all rows; of equal ones the first. Of a dated delivery the files are
    -- parts of one export, which may have equal rows: there a copy holds the same rows and no more.
    copies as (
        select
            small.period,
            small.source_file,
            arg_max(large.source_file, (large.row_count, -large.delivery_rank)) as copy_of
        from shared
        inner join period_files as small
            on
                shared.period = small.period
                and shared.source_file = small.source_file
                and shared.row_count = small.row_count
        inner join period_files as large
            on
                shared.period = large.period
                and shared.large_file = large.source_file
                and (small.row_count, -small.delivery_rank)
                < (large.row_count, -large.delivery_rank)
                and (small.is_undated or small.row_count = large.row_count)
        group by all
    ),

    delivery_ranks as (
        select
            source_dataset,
            delivery,
            max(delivery_rank) as rank_of_delivery
        from hashed_rows
        group by source_dataset, delivery
    ),

    billed_rows as (
        select
            hashed_rows.* exclude (edition, row_hash),
            copies.copy_of,
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
            hashed_rows.refusal is null and copies.copy_of is null as is_stated,
            true as is_row,
            coalesce(hashed_rows.is_complete, true) as has_all_pages,
            {{ amount }} as cell_amount,
            hashed_rows.currency as cell_currency,
            {{ named_days('hashed_rows.source_file', 'hashed_rows.delivered_on') }} as named_days,
            named_days[1] as stated_first,
            named_days[2] as stated_last
        from hashed_rows
        left join copies
            on
                hashed_rows.period = copies.period
                and hashed_rows.source_file = copies.source_file
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
    ),

    -- Without a date nobody knows whether files of one folder are parts of an export or two.
    added_rows as (
        select
            *,
            if(
                is_stated and replaced_by is null and delivered_on is null, source_file, null
            ) as added_file,
            coalesce(
                added_file is not null
                and min(added_file) over same_cell != max(added_file) over same_cell,
                false
            ) as is_added
        from told
        window same_cell as (partition by period, part, stated_on)
    ),

    added_money as (
        select
            period,
            source_file,
            count(*) as row_count,
            concat_ws(' ', {{ plain_number('sum(cell_amount)') }}, cell_currency) as money
        from added_rows
        where is_added
        group by period, source_file, cell_currency
    ),

    added_files as (
        select
            period,
            source_file,
            'files of one undated folder state the same days and are added up: '
            || sum(row_count) || ' rows, ' || string_agg(money, ' and ' order by money)
            || ' in this one. If one replaces the other, put the dates into their names' as notice
        from added_money
        group by period, source_file
    )

    select
        added_rows.* exclude (
            statement, statement_order, scope, named_by, part, stated_on, is_stated,
            is_row, has_all_pages, cell_amount, cell_currency, named_days, stated_first,
            stated_last, replaced_by, replaced_by_statement, period, added_file, is_added,
            delivery_notice
        ),
        added_rows.replaced_by as superseded_by,
        added_rows.replaced_by_statement as superseded_by_delivery,
        nullif(
            concat_ws('; ', added_rows.delivery_notice, added_files.notice), ''
        ) as delivery_notice
    from added_rows
    left join added_files
        on
            added_rows.period = added_files.period
            and added_rows.source_file = added_files.source_file
{%- endmacro %}
