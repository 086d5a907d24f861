{#- Files that hold JSON documents as rows: one row per document, column `document` (null when the
    text is no JSON). Where the first line is JSON by itself, every line is a document of its own;
    otherwise the lines of the file, in their order, are one document that begins on its first.
    `exact` names number fields that are read as text: a parsed JSON number passes through a
    double. -#}
{% macro json_documents(lines, exact=[]) -%}
    with marked_lines as (
        select
            *,
            first_value(json_valid(line)) over (
                partition by source_file order by source_line
            ) as has_document_per_line
        from {{ lines }}
        where trim(line) != ''
    ),

    texts as (
        select source_dataset, source_file, source_line, account_folder, delivery_rank, line as text
        from marked_lines
        where has_document_per_line
        union all
        select
            source_dataset,
            source_file,
            min(source_line) as source_line,
            account_folder,
            delivery_rank,
            string_agg(line, chr(10) order by source_line) as text
        from marked_lines
        where not has_document_per_line
        group by source_dataset, source_file, account_folder, delivery_rank
    )

    select
        * exclude (text),
        case
            when json_valid(text) then cast({{ numbers_as_text('text', exact) }} as json)
        end as document
    from texts
{%- endmacro %}

{#- The pages that json_documents holds, one row each: a document is a page or a list of pages. An
    empty list is a page, which is then nothing that was expected, or none with may_be_empty. -#}
{% macro json_pages(documents, may_be_empty=false) -%}
    select
        * exclude (document, pages),
        unnest(pages) as page,
        generate_subscripts(pages, 1) as page_number
    from (
        select
            *,
            if(
                {{ "json_type(document) = 'ARRAY'" if may_be_empty
                    else 'json_array_length(document) > 0' }},
                {{ json_list('document') }},
                [document]
            ) as pages
        from {{ documents }}
    )
{%- endmacro %}

{#- JSON files as the records of csv_records, so that csv_files and csv_value read both: one row per
    object of a list, of a line, or of one of the `list_fields` of a page, and a header row per file
    with the names that any of its objects has. Nested values are JSON text. What is no object has
    only a problem. -#}
{% macro json_records(lines, list_fields=[], exact=[]) -%}
    with documents as (
        {{ json_documents(lines, exact) }}
    ),

    deliveries as (
        select distinct
            source_file,
            delivered_on
        from {{ lines }}
    ),

    listed as (
        select
            documents.* exclude (document),
            deliveries.delivered_on,
            case
                when json_type(document) = 'ARRAY' then {{ json_list('document') }}
                {%- for name in list_fields %}
                    when json_type(document, '$.{{ name }}') = 'ARRAY'
                        then {{ json_list("document -> '$." ~ name ~ "'") }}
                {%- endfor %}
                else [document]
            end as elements
        from documents
        inner join deliveries on documents.source_file = deliveries.source_file
    ),

    objects as (
        select
            * exclude (elements),
            unnest(elements) as element,
            generate_subscripts(elements, 1) as element_number
        from listed
    ),

    headers as (
        select
            source_dataset,
            source_file,
            account_folder,
            delivered_on,
            delivery_rank,
            min(source_line) as source_line,
            list_sort(list_distinct(flatten(list(json_keys(element))))) as names
        from objects
        where json_type(element) = 'OBJECT'
        group by all
    )

    select
        * exclude (names),
        cast(null as bigint) as element_number,
        list_transform(names, lambda name: lower(trim(name))) as header,
        true as is_header,
        cast(null as varchar) as problem,
        cast([] as varchar[]) as fields
    from headers
    union all by name
    select
        objects.* exclude (element),
        list_transform(coalesce(headers.names, []), lambda name: lower(trim(name))) as header,
        false as is_header,
        case
            when objects.element is null then 'malformed JSON'
            when json_type(objects.element) != 'OBJECT' then 'not a JSON object'
        end as problem,
        if(
            json_type(objects.element) = 'OBJECT',
            list_transform(
                headers.names,
                lambda name: json_extract_string(objects.element, {{ json_pointer('name') }})
            ),
            []
        ) as fields
    from objects
    left join headers on objects.source_file = headers.source_file
{%- endmacro %}

{#- JSON text in which the numbers of the named fields are put in quotes, digit by digit. (A quote
    inside a JSON string is escaped, so that the pattern only meets keys.) -#}
{% macro numbers_as_text(json, fields) -%}
    {%- if fields -%}
        regexp_replace(
            {{ json }},
            '"({{ fields | join("|") }})"\s*:\s*(-?[0-9][0-9.eE+-]*)', '"\1":"\2"', 'g'
        )
    {%- else -%}
        {{ json }}
    {%- endif -%}
{%- endmacro %}

{#- A vendor's count (JSON text) that must be whole: 8 and 8.0 are, 2.5 is null and not 3. Beyond
    15 digits it is no count, and sums of counts cannot overflow. -#}
{% macro exact_count(text) -%}
    case
        when regexp_full_match({{ text }}, '-?[0-9]{1,15}([.]0*)?')
            then try_cast({{ text }} as bigint)
    end
{%- endmacro %}

{#- The elements of a JSON list; null when it is none. -#}
{% macro json_list(json) -%}
    case when json_type({{ json }}) = 'ARRAY' then try_cast({{ json }} as json[]) end
{%- endmacro %}

{#- A JSON object's scalar entries as a list of tags 'key:value', whatever its keys are made of. -#}
{% macro json_entries_as_tags(object) -%}
    case
        when json_type({{ object }}) = 'OBJECT'
            then
                list_transform(
                    list_filter(
                        json_keys({{ object }}),
                        lambda k: json_type({{ object }}, {{ json_pointer('k') }})
                        not in ('OBJECT', 'ARRAY', 'NULL')
                    ),
                    lambda k: k || ':' || json_extract_string({{ object }}, {{ json_pointer('k') }})
                )
        else []
    end
{%- endmacro %}

{% macro json_pointer(key) -%}
    '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1')
{%- endmacro %}
