{#- The fields of one CSV line as a list of raw fields, quotes still on. A leading comma makes
    every field one non-empty match. Quoted fields may hold commas and doubled quotes, not line
    breaks. -#}
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

{#- The lines of CSV files (a relation with the columns of landing_lines) as records. The first line
    of a file that is not blank is its header: names in lower case, in the column header of every
    row of the file, so that csv_value finds a field by name wherever it stands. The header's own
    row has is_header = true. Files that wrap each whole line in one more pair of quotes, doubling
    the quotes inside or not, read like any other. A line that does not fit the header keeps no
    fields, only a problem. A header that is repeated further down is no record. The rows of a
    Parquet file are JSON objects below its header line: their numbers keep every digit, nested
    values are JSON text. -#}
{% macro csv_records(lines) -%}
    with written as (
        select
            * exclude (line),
            trim(line, chr(13) || chr(9) || ' ') as line
        from {{ lines }}
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
                    then 'expected ' || len(header) || ' fields, found ' || len(fields)
                when has_open_quote then 'a quoted field does not end on its line'
            end as problem
        from aligned
        where is_header or list_transform(fields, lambda f: lower(trim(f))) != header
    )

    select
        * exclude (fields, has_open_quote),
        if(problem is null, fields, []) as fields
    from judged
{%- endmacro %}

{#- A field of a record by its header name, trimmed; null when empty or when there is no such
    column. -#}
{% macro csv_value(name) -%}
    nullif(trim(fields[list_position(header, '{{ name }}')]), '')
{%- endmacro %}
