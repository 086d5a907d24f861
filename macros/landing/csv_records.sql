{#- The fields of one CSV line as a list of raw fields, quotes still on. A leading comma makes
    every field one non-empty match. Quoted fields may hold commas, doubled quotes and line breaks. -#}
{% macro csv_raw_fields(line) -%}
    regexp_extract_all(',' || {{ line }}, ',("(?:[^"]|"")*"[^,]*|[^,]*)', 1)
{%- endmacro %}

{#- A raw field without its quotes. -#}
{% macro csv_unquoted(field) -%}
    if(
        regexp_full_match({{ field }}, '"(?:[^"]|"")*"'),
        replace(substr({{ field }}, 2, length({{ field }}) - 2), '""', '"'),
        {{ field }}
    )
{%- endmacro %}

{#- True when a quoted field begins in the text and does not end in it: a field that starts with a
    quote, after fields that are whole. A quote inside a field is text. -#}
{% macro leaves_quote_open(text) -%}
    regexp_matches({{ text }}, '^(?:(?:"(?:[^"]|"")*"(?:[^",][^,]*)?|[^",][^,]*)?,)*"(?:[^"]|"")*$')
{%- endmacro %}

{#- The lines of CSV files as one line per record: line breaks inside quotes (RFC 4180) become a
    blank, source_line is that of the first line, record_lines how many there are. Only files with a
    line that leaves a quote open are looked at line by line. What a line does depends on what came
    before it: leaves_open if it starts outside quotes, stays_open if it starts inside. Lines for
    which both are the same begin a group whose state is known; of the others, those that turn one
    into the other are counted. A quote that is never closed joins nothing. -#}
{% macro csv_whole_lines(lines) -%}
    with open_files as (
        select distinct source_file
        from {{ lines }}
        where
            contains(line, '"') and not starts_with(line, '{')
            and {{ leaves_quote_open('line') }}
    ),

    marked as (
        select
            *,
            {{ leaves_quote_open('line') }} as leaves_open,
            {{ leaves_quote_open('chr(34) || line') }} as stays_open
        from {{ lines }}
        where source_file in (select open_files.source_file from open_files)
    ),

    grouped as (
        select
            *,
            count(*) filter (where leaves_open = stays_open) over (
                partition by source_file order by source_line
            ) as line_group
        from marked
    ),

    followed as (
        select
            *,
            coalesce(
                first_value(leaves_open and stays_open) over same_group, false
            ) != (
                count(*) filter (where leaves_open and not stays_open) over same_group % 2 = 1
            ) as is_open_after
        from grouped
        window same_group as (partition by source_file, line_group order by source_line)
    ),

    numbered as (
        select
            *,
            count(*) filter (where not is_open_before) over (
                partition by source_file order by source_line
            ) as record_number
        from (
            select
                *,
                coalesce(
                    lag(is_open_after) over (partition by source_file order by source_line), false
                ) as is_open_before
            from followed
        )
    ),

    ended as (
        select
            * replace (
                if(
                    last_value(is_open_after) over (
                        partition by source_file, record_number order by source_line
                        rows between unbounded preceding and unbounded following
                    ),
                    -source_line,
                    record_number
                ) as record_number
            )
        from numbered
    ),

    joined as (
        select
            * exclude (
                leaves_open, stays_open, line_group, is_open_after, is_open_before, record_number
            ) replace (string_agg(rtrim(line, chr(13)), ' ') over whole_record as line),
            count(*) over whole_record as record_lines
        from ended
        window whole_record as (
            partition by source_file, record_number order by source_line
            rows between unbounded preceding and unbounded following
        )
        qualify row_number() over (
            partition by source_file, record_number order by source_line
        ) = 1
    )

    select
        *,
        1 as record_lines
    from {{ lines }}
    where source_file not in (select open_files.source_file from open_files)
    union all by name
    select * from joined
{%- endmacro %}

{#- The lines of CSV files (a relation with the columns of landing_lines) as records. The first line
    of a file that is not blank is its header: names in lower case, in the column header of every
    row of the file, so that csv_value finds a field by name wherever it stands. The header's own
    row has is_header = true. Files that wrap each whole line in one more pair of quotes, doubling
    the quotes inside or not, read like any other. A line that does not fit the header keeps no
    fields, only a problem. A header that is repeated further down is no record. The rows of a
    Parquet file are JSON objects below its header line: their numbers keep every digit, nested
    values are JSON text. -#}
{% macro csv_records(lines) -%}
    with whole_lines as (
        {{ csv_whole_lines(lines) }}
    ),

    written as (
        select
            * exclude (line),
            trim(line, chr(13) || chr(9) || ' ') as line
        from whole_lines
        where trim(line, chr(13) || chr(9) || ' ') != ''
    ),

    unwrapped as (
        select
            * exclude (line),
            case
                when starts_with(line, '{') then line
                when len({{ csv_raw_fields('line') }}) = 1 then {{ csv_unquoted('line') }}
                when regexp_full_match(line, '""[^",].*[^",]""')
                    then substr(line, 2, length(line) - 2)
                else line
            end as line
        from written
    ),

    split as (
        select
            * exclude (line),
            if(
                starts_with(line, '{'),
                try_cast(
                    try_cast({{ numbers_as_text('line', ['[^"\\\\]*']) }} as json)
                    as map(varchar, varchar)
                ),
                null
            ) as parquet_row,
            if(starts_with(line, '{'), [], {{ csv_raw_fields('line') }}) as raw_fields
        from unwrapped
    ),

    fielded as (
        select
            * exclude (raw_fields),
            list_transform(raw_fields, lambda f: {{ csv_unquoted('f') }}) as fields,
            len(list_filter(
                raw_fields,
                lambda f: starts_with(f, '"') and not regexp_full_match(f, '"(?:[^"]|"")*"')
            )) > 0 as has_open_quote
        from split
    ),

    headers as (
        select
            source_file,
            min(source_line) as header_line,
            arg_min(fields, source_line) as written_header
        from fielded
        group by source_file
    ),

    aligned as (
        select
            fielded.* exclude (parquet_row) replace (
                if(
                    fielded.parquet_row is null,
                    fielded.fields,
                    list_transform(
                        headers.written_header, lambda name: fielded.parquet_row[name]
                    )
                ) as fields
            ),
            list_transform(headers.written_header, lambda f: lower(trim(f))) as header,
            fielded.source_line = headers.header_line as is_header
        from fielded
        inner join headers on fielded.source_file = headers.source_file
    ),

    judged as (
        select
            *,
            case
                when len(fields) != len(header)
                    then
                        'expected ' || len(header) || ' fields, found ' || len(fields)
                        || if(record_lines > 1, ' in ' || record_lines || ' lines', '')
                when has_open_quote then 'a quoted field does not end'
            end as problem
        from aligned
        where is_header or list_transform(fields, lambda f: lower(trim(f))) != header
    )

    select
        * exclude (fields, has_open_quote, record_lines),
        if(problem is null, fields, []) as fields
    from judged
{%- endmacro %}

{#- A field of a record by its header name, trimmed; null when empty or when there is no such
    column. -#}
{% macro csv_value(name) -%}
    nullif(trim(fields[list_position(header, '{{ name }}')]), '')
{%- endmacro %}
