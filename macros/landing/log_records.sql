{#- Records of logs and exports in whatever a gateway writes: JSON objects line by line, a JSON list,
    pages {"data": [...]}, CSV with a header, or Parquet. One row per record, its fields in the
    struct `entry` (null where `problem` says why the record cannot be read), what nobody reads in
    `notice`. Every number is text, so that all its digits stay.

    layouts  as for csv_files; a JSON object needs the same names, in any case
    texts, objects  fields to read, as text and as JSON
    known  further fields that are knowingly not read -#}
{% macro log_records(lines, layouts, texts, objects=[], known=[]) -%}
    {%- set any_number = ['[^"\\\\]*'] %}
    {%- set spec = [] %}
    {%- for name in texts %}{% do spec.append('"' ~ name ~ '": "VARCHAR"') %}{% endfor %}
    {%- for name in objects %}{% do spec.append('"' ~ name ~ '": "JSON"') %}{% endfor %}
    {%- set spelled = {} %}
    {%- for name in texts + objects if name != name | lower %}
        {%- do spelled.update({name | lower: name}) %}
    {%- endfor -%}
    with written_lines as (
        select
            *,
            first_value(regexp_matches(line, '^\s*[\[{]')) over (
                partition by source_file order by source_line
            ) as is_json
        from {{ lines }}
        where trim(line, chr(13) || chr(9) || ' ') != ''
    ),

    json_lines as (
        select * exclude (is_json) from written_lines
        where is_json
    ),

    csv_lines as (
        select * exclude (is_json) from written_lines
        where not is_json
    ),

    documents as (
        {{ json_documents('json_lines', exact=any_number) }}
    ),

    pages as (
        select
            * exclude (document),
            unnest(
                if(json_type(document) = 'ARRAY', {{ json_list('document') }}, [document])
            ) as page
        from documents
    ),

    page_marks as (
        select
            pages.source_dataset,
            pages.source_file,
            pages.source_line,
            pages.account_folder,
            pages.delivery_rank,
            files.delivery,
            {{ first_json_text('pages.page', ['meta.page', 'metadata.page', 'page']) }}
                as page_number,
            try_cast({{ first_json_text(
                'pages.page',
                ['meta.totalPages', 'metadata.total_pages', 'total_pages', 'totalPages'],
            ) }} as bigint) as page_count,
            {{ has_next_page('pages.page') }} or {{ first_json_text(
                'pages.page', ['metadata.has_more', 'meta.has_more']
            ) }} = 'true' as has_next_page
        from pages
        inner join (select distinct source_file, delivery from {{ lines }}) as files
            on pages.source_file = files.source_file
        where json_type(pages.page, '$.data') = 'ARRAY' or page_count is not null
    ),

    missing_pages as (
        select
            source_dataset,
            arg_max(source_file, delivery_rank) as source_file,
            max(source_line) as source_line,
            account_folder,
            max(delivery_rank) as delivery_rank,
            if(
                page_count is null,
                'pages are missing: each page says that more follow',
                'pages are missing: ' || count(distinct page_number) || ' of ' || page_count
                || ' are there'
            ) as problem
        from page_marks
        group by source_dataset, account_folder, delivery, page_count
        having
            if(page_count is null, bool_and(coalesce(has_next_page, false)), page_count > 1)
            and coalesce(count(distinct page_number) < page_count, true)
    ),

    page_items as (
        select
            * exclude (page),
            case json_type(page, '$.data')
                when 'ARRAY' then {{ json_list("json_extract(page, '$.data')") }}
                when 'OBJECT' then [json_extract(page, '$.data')]
                else [page]
            end as items
        from pages
    ),

    json_items as (
        select
            * exclude (items),
            unnest(items) as item,
            cast(null as varchar) as problem
        from page_items
    ),

    csv_lines_as_records as (
        {{ csv_records('csv_lines') }}
    ),

    files as (
        {{ csv_files('csv_lines_as_records', layouts) }}
    ),

    csv_items as (
        select
            records.source_dataset,
            records.source_file,
            records.source_line,
            records.account_folder,
            records.delivery_rank,
            case
                when records.problem is null
                    then
                        cast(to_json(map_from_entries(list_transform(
                            list_distinct(records.header),
                            lambda name: {
                                'k': {% if spelled -%}
                                    case name
                                        {%- for lowered, name in spelled.items() %}
                                        when '{{ lowered }}' then '{{ name }}'
                                        {%- endfor %}
                                        else name
                                    end
                                {%- else -%} name {%- endif %},
                                'v': nullif(trim(
                                    records.fields[list_position(records.header, name)]
                                ), '')
                            }
                        ))) as json)
            end as item,
            records.problem
        from csv_lines_as_records as records
        inner join files on records.source_file = files.source_file
        where not records.is_header and files.layout is not null
    ),

    items as (
        select * from json_items
        union all by name
        select * from csv_items
        union all by name
        select
            source_dataset,
            source_file,
            source_line,
            account_folder,
            delivery_rank,
            layout_problem as problem
        from files
        where layout is null
        union all by name
        select * from missing_pages
    ),

    named_items as (
        select
            * exclude (problem),
            if(json_type(item) = 'OBJECT', json_keys(item), null) as names,
            list_transform(names, lambda name: lower(name)) as lower_names,
            case
                when problem is not null then problem
                when item is null then 'malformed JSON'
                when names is null then 'not a JSON object'
                when
                    {% for columns in layouts.values() -%}
                        not list_has_all(lower_names, {{ columns.needed }})
                        {{ 'and ' if not loop.last }}
                    {%- endfor %}
                    then
                        'unknown layout: found ' || left(array_to_string(names, ', '), 400)
                        || '; expected ' || '{{ layouts | join(" or ") }}'
            end as problem
        from items
    )

    select
        * exclude (item, names, lower_names, problem),
        row_number() over (partition by source_file, source_line) as item_number,
        problem,
        if(problem is null, from_json(item, '{ {{- spec | join(", ") -}} }'), null) as entry,
        md5(cast(entry as varchar)) as fingerprint,
        if(problem is null, {{ unread('names', texts + objects + known) }}, null) as notice
    from named_items
{%- endmacro %}

{#- A JSON field that is an object, or a text that holds one, every number in it as text. -#}
{% macro exact_json(json) -%}
    case
        when json_type({{ json }}) = 'VARCHAR'
            then
                try_cast({{ numbers_as_text(
                    "json_extract_string(" ~ json ~ ", '$')", ['[^"\\\\]*']
                ) }} as json)
        else {{ json }}
    end
{%- endmacro %}

{#- record_status and problem of a record among those that are delivered for the same thing: the one
    at `place` 1 counts, one for which `is_same` is a duplicate, any other has the `other_status`.
    `same` and `other` say so, in SQL. A record with a `refusal` is quarantined. -#}
{% macro delivery_verdict(
    place, is_same, same, other, other_status='superseded', refusal='refusal'
) -%}
    case
        when {{ refusal }} is not null then 'quarantined'
        when {{ place }} = 1 then 'accepted'
        when {{ is_same }} then 'duplicate'
        else '{{ other_status }}'
    end as record_status,
    case
        when {{ refusal }} is not null then {{ refusal }}
        when {{ place }} = 1 then null
        when {{ is_same }} then {{ same }}
        else {{ other }}
    end as problem
{%- endmacro %}

{#- What becomes of records that may be delivered again: of those with one identity the first in
    `newest_first` counts. The others are duplicates where they say the same (fingerprint) and
    superseded where not; a record with a refusal is quarantined and replaces nothing. -#}
{% macro newest_record_counts(records, identity, newest_first) -%}
    select
        * exclude (problem, refusal, place, counting_file, counting_fingerprint),
        {{ delivery_verdict(
            'place', 'fingerprint = counting_fingerprint',
            "'the same record stands in ' || counting_file",
            "'a newer state of the record stands in ' || counting_file",
        ) }}
    from (
        select
            *,
            row_number() over record as place,
            first_value(source_file) over record as counting_file,
            first_value(fingerprint) over record as counting_fingerprint
        from {{ records }}
        window record as (
            partition by
                source_dataset, account_folder, {{ identity | join(', ') }}, refusal is null
            order by {{ newest_first | join(', ') }}
        )
    )
{%- endmacro %}

{#- The id of a call: its own request_id, else its fingerprint and how often the file has said the same
    before, so that equal calls stay apart and a second delivery of the file numbers them alike.
    `number` tells the records of one line, if it may hold several. -#}
{% macro call_id(number=none) -%}
    coalesce(
        request_id,
        fingerprint || '#' || row_number() over (
            partition by source_file, fingerprint
            order by source_line{{ ', ' ~ number if number }}
        ),
        source_file || ':' || source_line{{ " || '.' || " ~ number if number }}
    )
{%- endmacro %}

{#- What becomes of records that are told once and delivered at least once: of those with one record_id
    within `scope` the first counts. The others are duplicates where they say the same (fingerprint);
    where not, two things bear one id and the later one is quarantined, as is a record with a
    refusal, which hides no other. -#}
{% macro first_record_counts(records, scope, what='call', id='request id') -%}
    select
        * exclude (refusal, place, first_fingerprint),
        {{ delivery_verdict(
            'place', 'fingerprint = first_fingerprint',
            "'the same " ~ what ~ " was delivered before'",
            "'id collision: another " ~ what ~ " with this " ~ id ~ " was delivered before'",
            other_status='quarantined',
        ) }}
    from (
        select
            *,
            row_number() over record as place,
            first_value(fingerprint) over record as first_fingerprint
        from {{ records }}
        window record as (
            partition by {{ scope | join(', ') }}, record_id, refusal is null
            order by delivery_rank, source_line
        )
    )
{%- endmacro %}

{#- The first of several places of a JSON document that holds something, as text. -#}
{% macro first_json_text(json, paths) -%}
    coalesce(
        {%- for path in paths %}
            json_extract_string({{ json }}, '$.{{ path }}'){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
