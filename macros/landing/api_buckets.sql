{#- Results of report APIs that answer in pages of time buckets, {"data": [{<start>, <end>,
    "results": [...]}]}: one row per result, and one per page that is none or that says that more
    follow where none does (layout_problem). A document may also be a list of pages.

    Buckets are restated, and results have no id, so buckets are replaced, by the rule of
    delivery_cells: of one account, part and minute, hour or day of UTC only one bucket counts, the
    longest (a request that starts or ends in the middle of a bucket cuts it), among these one of
    complete pages, then the one delivered last. A page is of the parts that its results name, such
    as projects: pages of different parts add up. Minutes, hours and days of one UTC day never add
    up: one width counts for it, before others one that covers the day completely, then the one
    delivered last, then the longest. What does not count says so in superseded_by.

    documents  relation of json_documents
    expected  what the page should be, in words
    is_expected  SQL over `r` (a result), true for the results of this report
    is_readable  SQL over `r`, true where it says how much was used or paid: a bucket without one
                 that is, replaces nothing unless the API says that it is empty
    parts  what a request may be filtered by: SQL over `r` that gives a text, or null
    unnamed  what a result without the first of the parts is of, where others of its page name one
    start_time, end_time  SQL over `bucket`
    amount, currency  SQL over `r`, the money of a result; none for usage
    lines  relation of landing_lines behind the documents -#}
{% macro api_bucket_results(
    documents, expected, is_expected, start_time, end_time, is_readable, parts,
    unnamed=none, amount='null', currency='null', lines='lines'
) -%}
    with documents_as_pages as (
        {{ json_pages(documents) }}
    ),

    file_deliveries as (
        select distinct
            source_file,
            delivery
        from {{ lines }}
    ),

    page_parts as (
        select
            *,
            concat_ws(':', source_file, source_line, page_number) as page_key,
            {{ json_list("json_extract(page, '$.data')") }} as buckets,
            list_filter(
                buckets, lambda b: json_type(b, '$.results') is distinct from 'ARRAY'
            ) as odd_buckets,
            flatten(list_transform(
                buckets, lambda b: coalesce({{ json_list("json_extract(b, '$.results')") }}, [])
            )) as results,
            len(list_filter(results, lambda r: {{ parts[0] }} is not null)) > 0 as names_parts,
            {{ has_next_page('page') }} as has_next_page
        from documents_as_pages
    ),

    pages as (
        select
            * exclude (results),
            coalesce(
                json_extract_string(page, '$.organization_id'),
                list_filter(
                    list_transform(results, lambda r: json_extract_string(r, '$.organization_id')),
                    lambda organization: organization is not null
                )[1],
                account_folder
            ) as account_id,
            case
                when page is null then 'malformed JSON document'
                when buckets is null
                    then
                        'unknown layout: expected {{ expected }}, found '
                        || {{ described('page') }}
                when len(odd_buckets) > 0
                    then
                        'unknown layout: expected buckets with results, found '
                        || {{ described('odd_buckets[1]') }}
                when
                    len(results) > 0
                    and len(list_filter(results, lambda r: {{ is_expected }})) = 0
                    then
                        'unknown layout: expected {{ expected }}, found a page '
                        || {{ described('page') }} || ' and results '
                        || {{ described('results[1]') }}
            end as layout_problem
        from page_parts
    ),

    raw_buckets as (
        select
            source_dataset,
            source_file,
            source_line,
            page_number,
            page_key,
            names_parts,
            account_id,
            delivery_rank,
            unnest(buckets) as bucket,
            generate_subscripts(buckets, 1) as bucket_number
        from pages
        where layout_problem is null
    ),

    timed_buckets as (
        select
            * exclude (bucket),
            {{ json_list("json_extract(bucket, '$.results')") }} as bucket_contents,
            {{ start_time }} as started_at,
            {{ end_time }} as ended_at,
            date_diff('second', started_at, ended_at) as seconds,
            case
                when seconds <= 0 then null
                when seconds <= 60 then 'minute'
                when seconds <= 3600 then 'hour'
                when seconds <= 86400 then 'day'
            end as width,
            date_trunc(width, started_at) as cell,
            case
                when started_at is null or ended_at is null then 'bucket without readable times'
                when cell = date_trunc(width, ended_at - interval 1 microsecond) then null
                else 'bucket is no minute, hour or day of UTC'
            end as bucket_problem
        from raw_buckets
    ),

    page_times as (
        select
            page_key,
            min(started_at) as begins_at,
            max(ended_at) as ends_at,
            count(*) > 1
            and sum(seconds) = date_diff('second', min(started_at), max(ended_at)) as is_gapless
        from timed_buckets
        group by page_key
    ),

    followed_pages as (
        {{ followed_pages('pages', 'page_times', 'file_deliveries') }}
    ),

    bucket_results as (
        select
            * exclude (bucket_contents),
            unnest(bucket_contents) as r,
            generate_subscripts(bucket_contents, 1) as result_number
        from timed_buckets
    ),

    results as (
        select
            *,
            [
                {%- for part in parts %}
                    coalesce(
                        {{ part }}
                        {%- if unnamed and loop.first %}, if(names_parts, '{{ unnamed }}', '')
                        {%- else %}, ''{% endif %}
                    )
                    {{- ',' if not loop.last }}
                {%- endfor %}
            ] as part,
            coalesce({{ is_readable }}, false) as is_stated,
            {{ amount }} as cell_amount,
            {{ currency }} as cell_currency
        from bucket_results
    ),

    stated_buckets as (
        select
            page_key,
            bucket_number,
            part,
            is_stated,
            true as is_row,
            cell_amount,
            cell_currency
        from results
        union all by name
        select
            page_key,
            bucket_number,
            {{ [''] * (parts | length) }} as part,
            true as is_stated,
            false as is_row
        from timed_buckets
        where len(bucket_contents) = 0
    ),

    bucket_rows as (
        select
            stated_buckets.* exclude (page_key, bucket_number),
            timed.source_file,
            timed.page_key as named_by,
            (timed.source_dataset, timed.account_id, timed.width, timed.cell) as scope,
            (timed.page_key, timed.bucket_number) as statement,
            (
                timed.seconds, not followed_pages.is_incomplete, timed.delivery_rank,
                timed.source_line, timed.page_number, timed.bucket_number
            ) as statement_order,
            true as has_all_pages,
            if(timed.bucket_problem is null, timed.cell, null) as stated_on,
            cast(null as timestamp) as stated_first,
            cast(null as timestamp) as stated_last
        from stated_buckets
        inner join timed_buckets as timed
            on
                stated_buckets.page_key = timed.page_key
                and stated_buckets.bucket_number = timed.bucket_number
        inner join followed_pages on timed.page_key = followed_pages.page_key
    ),

    -- One bucket per part and cell of a width.
    bucket_cells as (
        {{ delivery_cells('bucket_rows', dimensions=parts | length) }}
    ),

    counting_buckets as (
        select
            bucket_cells.part,
            timed.source_file,
            timed.source_dataset,
            timed.account_id,
            timed.width,
            timed.cell,
            timed.seconds,
            timed.delivery_rank,
            date_trunc('day', timed.started_at) as day
        from bucket_cells
        inner join timed_buckets as timed
            on bucket_cells.statement = (timed.page_key, timed.bucket_number)
        where bucket_cells.replaced_by is null
    ),

    -- One width per part and day.
    day_cells as (
        select
            source_dataset,
            account_id,
            day,
            width,
            cell,
            max(seconds) as seconds,
            max(delivery_rank) as delivery_rank
        from counting_buckets
        group by all
    ),

    widths as (
        select
            source_dataset,
            account_id,
            day,
            width,
            sum(seconds) >= 86400 as covers_day,
            max(delivery_rank) as newest_delivery
        from day_cells
        group by all
    ),

    width_rows as (
        select
            counting.source_file,
            (counting.source_dataset, counting.account_id, counting.day) as scope,
            counting.width as statement,
            concat_ws(
                chr(10), counting.source_dataset, counting.account_id, counting.day,
                counting.width
            ) as named_by,
            (
                widths.covers_day, widths.newest_delivery,
                list_position(['minute', 'hour', 'day'], counting.width)
            ) as statement_order,
            counting.part,
            counting.day as stated_on,
            cast(null as timestamp) as stated_first,
            cast(null as timestamp) as stated_last,
            true as has_all_pages,
            true as is_stated,
            true as is_row,
            cast(null as {{ money_type() }}) as cell_amount,
            cast(null as varchar) as cell_currency
        from counting_buckets as counting
        inner join widths
            on
                counting.source_dataset = widths.source_dataset
                and counting.account_id is not distinct from widths.account_id
                and counting.day = widths.day
                and counting.width = widths.width
    ),

    width_cells as (
        {{ delivery_cells('width_rows', dimensions=parts | length) }}
    ),

    judged as (
        select
            results.source_dataset,
            results.source_file,
            results.source_line,
            results.account_id,
            results.started_at,
            results.ended_at,
            results.bucket_problem as layout_problem,
            results.r as result,
            results.page_number,
            results.bucket_number,
            results.result_number,
            case
                when results.bucket_problem is not null then null
                when bucket_cells.replaced_by = results.source_file
                    then 'the bucket stands in the same file again'
                when bucket_cells.replaced_by is not null
                    then 'the bucket is replaced by ' || bucket_cells.replaced_by
                when width_cells.replaced_by is not null
                    then
                        'the day is told by ' || width_cells.replaced_by_statement
                        || ' buckets of ' || width_cells.replaced_by
            end as superseded_by,
            if(superseded_by is null, bucket_cells.delivery_notice, null) as delivery_notice
        from results
        left join bucket_cells
            on
                bucket_cells.statement = (results.page_key, results.bucket_number)
                and bucket_cells.part = results.part
        left join width_cells
            on
                width_cells.scope = (
                    results.source_dataset, results.account_id,
                    date_trunc('day', results.started_at)
                )
                and width_cells.statement = results.width
                and width_cells.part = results.part
    )

    select
        source_dataset,
        source_file,
        source_line,
        account_id,
        started_at,
        ended_at,
        layout_problem,
        superseded_by,
        delivery_notice,
        result,
        coalesce(strftime(started_at, '%Y-%m-%dT%H:%M:%SZ'), source_file) || '/'
        || md5(cast(result as varchar)) || '#' || row_number() over (
            partition by
                source_file, source_line, page_number, bucket_number, md5(cast(result as varchar))
            order by result_number
        ) as record_id
    from judged
    union all by name
    select
        source_dataset,
        source_file,
        source_line,
        account_id,
        layout_problem,
        source_file || '#' || source_line || '.' || page_number as record_id
    from pages
    where layout_problem is not null
    union all by name
    select
        pages.source_dataset,
        pages.source_file,
        pages.source_line,
        pages.account_id,
        followed_pages.problem as layout_problem,
        pages.source_file || '#' || pages.source_line || '.' || pages.page_number || '.next'
            as record_id
    from pages
    inner join followed_pages on pages.page_key = followed_pages.page_key
    where followed_pages.problem is not null
{%- endmacro %}

{#- Whether the pages that a page says to follow it are there: page_key, problem (null where they are)
    and is_incomplete, true for all pages of a request that is not there to its end. Of one delivery
    as many different pages begin where a page ends as pages end there and have a next one. Where a
    page has gaps between its buckets, any later page may follow it.

    pages  page_key, source_dataset, source_file, account_id, delivery_rank, page, has_next_page,
           layout_problem
    page_times  page_key, begins_at, ends_at, is_gapless
    file_deliveries  source_file, delivery -#}
{% macro followed_pages(pages, page_times, file_deliveries) -%}
    with told as (
        select
            pages.page_key,
            pages.source_dataset,
            file_deliveries.delivery,
            pages.account_id,
            pages.delivery_rank,
            pages.has_next_page,
            page_times.begins_at,
            page_times.ends_at,
            page_times.is_gapless,
            md5(cast(pages.page as varchar)) as content
        from {{ pages }} as pages
        inner join {{ file_deliveries }} as file_deliveries
            on pages.source_file = file_deliveries.source_file
        left join {{ page_times }} as page_times on pages.page_key = page_times.page_key
        where pages.layout_problem is null
    ),

    -- A page without results does not name the account that the rest of its delivery does.
    accounts as (
        select
            source_dataset,
            delivery,
            if(count(distinct account_id) = 1, max(account_id), null) as only_account
        from told
        group by source_dataset, delivery
    ),

    distinct_pages as (
        select
            told.* exclude (account_id),
            coalesce(told.account_id, accounts.only_account, '') as account_id
        from told
        inner join accounts
            on
                told.source_dataset = accounts.source_dataset
                and told.delivery = accounts.delivery
        qualify row_number() over (
            partition by
                told.source_dataset, told.delivery,
                coalesce(told.account_id, accounts.only_account, ''), told.content
            order by told.delivery_rank
        ) = 1
    ),

    begun as (
        select
            source_dataset,
            delivery,
            account_id,
            begins_at,
            count(*) as page_count
        from distinct_pages
        group by all
    ),

    ended as (
        select
            *,
            row_number() over (
                partition by source_dataset, delivery, account_id, ends_at
                order by delivery_rank
            ) as place_at_end,
            row_number() over (
                partition by source_dataset, delivery, account_id
                order by ends_at desc, delivery_rank
            ) as place_from_end
        from distinct_pages
        where has_next_page
    ),

    counted as (
        select
            ended.page_key,
            ended.source_dataset,
            ended.delivery,
            ended.account_id,
            ended.begins_at,
            ended.ends_at,
            coalesce(ended.is_gapless, false) as is_gapless,
            ended.place_at_end,
            ended.place_from_end,
            coalesce(sum(begun.page_count) filter (where begun.begins_at = ended.ends_at), 0)
                as begun_there,
            coalesce(sum(begun.page_count), 0) as begun_later
        from ended
        left join begun
            on
                ended.source_dataset = begun.source_dataset
                and ended.delivery = begun.delivery
                and ended.account_id = begun.account_id
                and begun.begins_at >= ended.ends_at
        group by all
    ),

    -- A page that is missing after a later page is not missed again after an earlier one.
    unfollowed as (
        select *
        from counted
        qualify
            if(
                is_gapless,
                place_at_end > begun_there,
                place_from_end - begun_later > coalesce(
                    max(greatest(place_from_end - begun_later, 0)) over (
                        partition by source_dataset, delivery, account_id
                        order by place_from_end
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                )
            )
    ),

    incomplete as (
        select distinct
            told.page_key
        from told
        inner join accounts
            on
                told.source_dataset = accounts.source_dataset
                and told.delivery = accounts.delivery
        inner join unfollowed
            on
                told.source_dataset = unfollowed.source_dataset
                and told.delivery = unfollowed.delivery
                and coalesce(told.account_id, accounts.only_account, '') = unfollowed.account_id
                and told.has_next_page
                and coalesce(told.begins_at <= unfollowed.begins_at, true)
    )

    select
        told.page_key,
        incomplete.page_key is not null as is_incomplete,
        if(
            unfollowed.page_key is not null,
            'pages are missing: the page'
            || coalesce(' that ends on ' || strftime(
                unfollowed.ends_at - interval 1 microsecond, '%Y-%m-%d'
            ), '')
            || ' says that more follow',
            null
        ) as problem
    from told
    left join unfollowed on told.page_key = unfollowed.page_key
    left join incomplete on told.page_key = incomplete.page_key
{%- endmacro %}

{#- What a JSON value is, for a message: the names of its fields, never a value, except `object`,
    in which some vendors write the type. -#}
{% macro described(json) -%}
    left(
        case json_type({{ json }})
            when 'OBJECT'
                then
                    coalesce('(' || json_extract_string({{ json }}, '$.object') || ') ', '')
                    || 'with ' || array_to_string(json_keys({{ json }})[1:12], ', ')
            when 'ARRAY' then 'a list'
            when 'VARCHAR' then 'a text'
            when 'NULL' then 'null'
            else 'a value'
        end,
        240
    )
{%- endmacro %}
