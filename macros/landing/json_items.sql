{#- Saved pages of a paged JSON API as their items, one row each: a page in a file, a page or an item
    on each line, a list of pages and a list of items all read alike. `items` is the page's list,
    `next_page` the field that names a further page, `mark` a field that every item has, `is_empty`
    a condition that is true for a `page` without items that is one all the same. What is no page
    is one row with a page_problem; a page without items keeps a row with item_count 0, so that
    its next_page is not forgotten. -#}
{% macro json_items(lines, items, next_page, mark, is_empty='false', expected='a page of items',
    exact=[]) -%}
    with documents as (
        {{ json_documents(lines, exact) }}
    ),

    deliveries as (
        select distinct
            source_file,
            delivered_on
        from {{ lines }}
    ),

    document_pages as (
        select
            * exclude (document),
            case
                when json_type(document) = 'ARRAY' then {{ json_list('document') }}
                else [document]
            end as pages
        from documents
    ),

    pages as (
        select
            * exclude (pages),
            unnest(pages) as page,
            generate_subscripts(pages, 1) as page_number
        from document_pages
    ),

    page_lists as (
        select
            *,
            case
                when json_type(page, '$.{{ items }}') = 'ARRAY'
                    then {{ json_list("page -> '$." ~ items ~ "'") }}
                when json_exists(page, '$.{{ mark }}') then [page]
                when json_type(page) = 'OBJECT' and ({{ is_empty }}) then cast([] as json[])
            end as page_items,
            nullif({{ json_text('page', '$.' ~ next_page) }}, '') is not null as has_next_page
        from pages
    ),

    counted as (
        select
            *,
            case
                when page is null then 'malformed JSON'
                when page_items is null then 'not {{ expected }}'
            end as page_problem,
            if(len(page_items) > 0, page_items, [cast(null as json)]) as item_list
        from page_lists
    ),

    listed as (
        select
            counted.* exclude (page, page_items, item_list),
            coalesce(len(counted.page_items), 0) as item_count,
            unnest(counted.item_list) as item,
            generate_subscripts(counted.item_list, 1) as item_number
        from counted
    )

    select
        listed.*,
        deliveries.delivered_on
    from listed
    inner join deliveries on listed.source_file = deliveries.source_file
{%- endmacro %}

{#- Deliveries of json_items whose every page names a next one: the last page is missing. One row per
    dataset, account folder and day of delivery, in the columns of records. -#}
{% macro json_items_missing(items) -%}
    select
        source_dataset,
        max(source_file) as source_file,
        1 as source_line,
        account_folder,
        delivered_on,
        concat_ws('/', 'incomplete', source_dataset, account_folder, delivered_on) as record_id,
        'quarantined' as record_status,
        'pages are missing: each page'
        || coalesce(' of ' || strftime(delivered_on, '%Y-%m-%d'), '')
        || ' names a next one' as problem
    from {{ items }}
    where page_problem is null
    group by source_dataset, account_folder, delivered_on
    having bool_and(has_next_page)
{%- endmacro %}
