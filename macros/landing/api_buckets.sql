{#- Results of report APIs that answer in pages of time buckets, {"data": [{<start>, <end>,
    "results": [...]}]}: one row per result, and one per page that is none (layout_problem). A
    document may also be a list of pages.

    Buckets are restated, and results have no id, so whole buckets are replaced: of one account and
    one minute, hour or day of UTC only one bucket counts, the longest (a request that starts or
    ends in the middle of a bucket cuts it), among these the one delivered last; in it, every
    result counts. Minutes, hours and days of one UTC day never add up: one width counts for it,
    before others one that covers the day completely, then the one delivered last, then the
    longest. What does not count says so in superseded_by.

    expected  what the page should be, in words
    is_expected  SQL over `r` (a result), true for the results of this report
    start_time, end_time  SQL over `bucket` -#}
{% macro api_bucket_results(documents, expected, is_expected, start_time, end_time) -%}
    with documents_as_pages as (
        {{ json_pages(documents) }}
    ),

    page_parts as (
        select
            *,
            {{ json_list("json_extract(page, '$.data')") }} as buckets,
            list_filter(
                buckets, lambda b: json_type(b, '$.results') is distinct from 'ARRAY'
            ) as odd_buckets,
            flatten(list_transform(
                buckets, lambda b: coalesce({{ json_list("json_extract(b, '$.results')") }}, [])
            )) as results
        from documents_as_pages
    ),

    pages as (
        select
            *,
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
            * exclude (page, buckets, odd_buckets, results),
            unnest(buckets) as bucket,
            generate_subscripts(buckets, 1) as bucket_number,
            {{ json_list("json_extract(bucket, '$.results')") }} as bucket_contents
        from pages
        where layout_problem is null
    ),

    timed_buckets as (
        select
            *,
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

    -- One bucket per cell of a width.
    ranked_buckets as (
        select
            *,
            row_number() over cell_order as place_in_cell,
            first_value(source_file) over cell_order as file_of_cell
        from timed_buckets
        window cell_order as (
            partition by source_dataset, account_id, width, cell, bucket_problem is null
            order by
                seconds desc, delivery_rank desc, source_line desc, page_number desc,
                bucket_number desc
        )
    ),

    -- One width per day.
    weighed_buckets as (
        select
            *,
            sum(seconds) filter (where place_in_cell = 1) over width_of_day >= 86400 as covers_day,
            max(delivery_rank) filter (where place_in_cell = 1) over width_of_day as newest_delivery
        from ranked_buckets
        window width_of_day as (
            partition by
                source_dataset, account_id, date_trunc('day', started_at), width,
                bucket_problem is null
        )
    ),

    judged_buckets as (
        select
            *,
            first_value(width) over day_order as width_of_day,
            first_value(source_file) over day_order as file_of_day
        from weighed_buckets
        window day_order as (
            partition by
                source_dataset, account_id, date_trunc('day', started_at), bucket_problem is null
            order by
                covers_day desc, newest_delivery desc, width = 'day' desc, width = 'hour' desc,
                place_in_cell asc, delivery_rank desc
        )
    ),

    bucket_results as (
        select
            source_dataset,
            source_file,
            source_line,
            account_id,
            started_at,
            ended_at,
            page_number,
            bucket_number,
            bucket_problem as layout_problem,
            case
                when bucket_problem is not null then null
                when place_in_cell > 1 and file_of_cell = source_file
                    then 'the bucket stands in the same file again'
                when place_in_cell > 1 then 'the bucket is replaced by ' || file_of_cell
                when width != width_of_day
                    then 'the day is told by ' || width_of_day || ' buckets of ' || file_of_day
            end as superseded_by,
            unnest(bucket_contents) as result,
            generate_subscripts(bucket_contents, 1) as result_number
        from judged_buckets
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
        result,
        coalesce(strftime(started_at, '%Y-%m-%dT%H:%M:%SZ'), source_file) || '/'
        || md5(cast(result as varchar)) || '#' || row_number() over (
            partition by
                source_file, source_line, page_number, bucket_number, md5(cast(result as varchar))
            order by result_number
        ) as record_id
    from bucket_results
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
