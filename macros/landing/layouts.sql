{#- Which of the known layouts each file of csv_records has: one row per file, with the columns of its
    header row and `layout` (null when it has none), `layout_problem` (why the file cannot be read)
    and `notice` (columns that no reader knows). `layouts` maps a name to the column names it needs
    and those it may have besides, all in lower case; the first layout whose needed columns are all
    there is taken. In a file without a header row the names are data, so addresses are hidden. -#}
{% macro csv_files(records, layouts) -%}
    select
        * exclude (fields, problem, is_header),
        case
            {%- for name, columns in layouts.items() %}
                when list_has_all(header, {{ columns.needed }}) then '{{ name }}'
            {%- endfor %}
        end as layout,
        case
            when layout is null
                then
                    {{ other_separator('header') }}
                    || 'unknown layout: found ' || left(
                        array_to_string(
                            list_transform(header, lambda c: {{ hide_email('c') }}), ', '
                        ),
                        400
                    )
                    || '; expected '
                    {%- for name, columns in layouts.items() %}
                    || '{{ "" if loop.first else " or " }}{{ name }} (missing '
                    || array_to_string(
                        list_filter(
                            {{ columns.needed }}, lambda c: not list_contains(header, c)
                        ),
                        ', '
                    ) || ')'
                    {%- endfor %}
                    || '; records not read: ' || (
                        select count(*) from {{ records }} as counted
                        where counted.source_file = header_rows.source_file and not is_header
                    )
        end as layout_problem,
        case layout
            {%- for name, columns in layouts.items() %}
                when '{{ name }}'
                    then {{ unread('header', columns.needed + columns.get('known', []), 'columns') }}
            {%- endfor %}
        end as notice
    from {{ records }} as header_rows
    where is_header
{%- endmacro %}

{#- What separates the columns of a header that is one field, where that is no comma: in words, for the
    reason of a refusal. -#}
{% macro other_separator(header) -%}
    case
        when len({{ header }}) > 1 then ''
        when contains({{ header }}[1], ';')
            then 'separated by semicolons, not commas: export it with commas; '
        when contains({{ header }}[1], chr(9))
            then 'separated by tabs, not commas: export it with commas; '
        else ''
    end
{%- endmacro %}

{#- The records of the files that csv_files can read, without header rows, with `columns` of their file.
    A JSON file without any object has no header row and so no layout problem: its records stay,
    each with a problem of its own. -#}
{% macro rows_of_known_files(records, files='files', columns=['notice']) -%}
    select
        records.*,
        {%- for column in columns %}
            files.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ records }} as records
    left join {{ files }} as files on records.source_file = files.source_file
    where not records.is_header and files.layout_problem is null
{%- endmacro %}

{#- rows_of_known_files with the fields `names` as text, each in a column <name>_text, and the problem
    of a record that has no fields in csv_problem. -#}
{% macro texts_of_known_files(records, names, files='files', columns=['notice']) -%}
    select
        * exclude (header, is_header, fields, problem),
        {%- for name in names %}
            {{ csv_value(name) }} as {{ name }}_text,
        {%- endfor %}
        problem as csv_problem
    from (
        {{ rows_of_known_files(records, files, columns) }}
    )
{%- endmacro %}

{#- The files that csv_files cannot read, in the columns of records: each is one, quarantined. `columns`
    are further columns to keep, `mark` stands between file and line in the id. -#}
{% macro refused_files(files='files', columns=[], mark=':') -%}
    select
        source_dataset,
        source_file,
        source_line,
        {%- for column in columns %}
            {{ column }},
        {%- endfor %}
        source_file || '{{ mark }}' || source_line as record_id,
        'quarantined' as record_status,
        layout_problem as problem
    from {{ files }}
    where layout_problem is not null
{%- endmacro %}

{#- What a list of names holds besides the known ones, as a notice; null when nothing. -#}
{% macro unread(names, known, what='fields') -%}
    '{{ what }} not read: ' || nullif(
        left(
            array_to_string(
                list_filter({{ names }}, lambda name: name not in {{ tuple_of(known) }} and name != ''),
                ', '
            ),
            400
        ),
        ''
    )
{%- endmacro %}

{% macro tuple_of(texts) -%}
    ('{{ texts | join("', '") }}')
{%- endmacro %}

{#- Names of a JSON object's fields that no reader knows, as a notice; null when there are none or it
    is no object. -#}
{% macro unread_fields(object, known) -%}
    case
        when json_type({{ object }}) = 'OBJECT'
            then {{ unread('json_keys(' ~ object ~ ')', known) }}
    end
{%- endmacro %}
