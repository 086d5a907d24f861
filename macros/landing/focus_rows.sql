{#- Files of FOCUS rows as records, in the columns of csv_records: CSV and Parquet as that macro reads
    them; JSON (one object per row and line, a list of objects, or API pages that hold such a list)
    with the names of all objects of a delivery as header, because writers leave out what is null.
    record_number tells rows apart that begin on the same line. -#}
{% macro focus_rows(lines) -%}
    with first_lines as (
        select
            source_file,
            regexp_matches(arg_min(line, source_line), '^\s*[{\[]') as is_json
        from {{ lines }}
        where trim(line) != ''
        group by source_file
    ),

    csv_lines as (
        select landed.*
        from {{ lines }} as landed
        inner join first_lines on landed.source_file = first_lines.source_file
        where not first_lines.is_json
    ),

    json_lines as (
        select landed.*
        from {{ lines }} as landed
        inner join first_lines on landed.source_file = first_lines.source_file
        where first_lines.is_json
    ),

    csv as (
        {{ csv_records('csv_lines') }}
    ),

    documents as (
        {{ json_documents('json_lines', exact=['[^"\\\\]*']) }}
    ),

    json_files as (
        select
            source_file,
            any_value(delivered_on) as delivered_on,
            any_value(delivery) as delivery
        from json_lines
        group by source_file
    ),

    contents as (
        select
            documents.* exclude (document),
            json_files.delivered_on,
            json_files.delivery,
            documents.document is null as is_malformed,
            list_transform(json_keys(documents.document), lambda k: lower(k)) as names,
            case
                when documents.document is null then [cast(null as json)]
                when json_type(documents.document) = 'ARRAY'
                    then {{ json_list('documents.document') }}
                when list_has_any(names, ['billedcost', 'billingcurrency', 'chargecategory'])
                    then [documents.document]
                else coalesce(
                    list_filter(
                        list_transform(
                            json_keys(documents.document),
                            lambda k: {{ json_list(
                                "json_extract(documents.document, " ~ json_pointer('k') ~ ")"
                            ) }}
                        ),
                        lambda found: found is not null
                    )[1],
                    [documents.document]
                )
            end as contained
        from documents
        inner join json_files on documents.source_file = json_files.source_file
    ),

    json_rows as (
        select
            * exclude (names, contained),
            unnest(contained) as json_row,
            generate_subscripts(contained, 1) as record_number
        from contents
    ),

    named_rows as (
        select
            *,
            coalesce(json_keys(json_row), []) as names,
            list_transform(names, lambda k: lower(k)) as lower_names
        from json_rows
    ),

    delivery_headers as (
        select
            delivery,
            list(name order by name) as header
        from (select distinct delivery, unnest(lower_names) as name from named_rows)
        group by delivery
    ),

    json_records as (
        select
            named_rows.* exclude (is_malformed, json_row, names, lower_names),
            coalesce(delivery_headers.header, []) as header,
            case
                when named_rows.is_malformed then 'malformed JSON document'
                when json_type(named_rows.json_row) != 'OBJECT' then 'a row that is no JSON object'
            end as problem,
            list_transform(
                coalesce(delivery_headers.header, []),
                lambda name: json_extract_string(
                    named_rows.json_row,
                    {{ json_pointer('named_rows.names[list_position(named_rows.lower_names, name)]') }}
                )
            ) as fields
        from named_rows
        left join delivery_headers on named_rows.delivery = delivery_headers.delivery
    )

    select
        *,
        1 as record_number
    from csv
    union all by name
    select
        *,
        false as is_header
    from json_records
    union all by name
    select
        * exclude (fields) replace (null as problem),
        true as is_header
    from json_records
    qualify row_number() over (
        partition by source_file order by source_line asc, record_number asc
    ) = 1
{%- endmacro %}
