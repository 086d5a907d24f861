{#- Saved pages of a paged JSON API as rows, one per item: a page in a file, a page or an item on
    each line, and a list of pages read alike. `lists` are the names that the page's list may have,
    `mark` is a field that every item has. What is no page is one row with a page_problem. A page
    without items keeps one row with item_count 0, because what it says of itself (its day, its
    place among the pages) still counts. `is_empty` is a condition that is true for a `page` without
    a list that is one all the same; with may_be_empty a list of nothing at all has no row instead
    of a page_problem. -#}
{% macro json_page_items(
    lines, lists, mark, expected, exact=[], is_empty='false', may_be_empty=false
) -%}
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
        {{ json_pages('documents', may_be_empty) }}
    ),

    page_lists as (
        select
            *,
            coalesce(
                {%- for name in lists %}
                    {{ json_list("json_extract(page, '$." ~ name ~ "')") }},
                {%- endfor %}
                case
                    when json_exists(page, '$.{{ mark }}') then [page]
                    when json_type(page) = 'OBJECT' and ({{ is_empty }}) then cast([] as json[])
                end
            ) as page_list,
            case
                when page is null then 'malformed JSON'
                when page_list is null
                    then
                        'unknown layout: expected {{ expected }}, found '
                        || {{ described('page') }}
            end as page_problem
        from document_pages
    ),

    items as (
        select
            * exclude (page_list),
            coalesce(len(page_list), 0) as item_count,
            unnest(if(len(page_list) > 0, page_list, [cast(null as json)])) as item,
            generate_subscripts(
                if(len(page_list) > 0, page_list, [cast(null as json)]), 1
            ) as item_number
        from page_lists
    )

    select
        items.*,
        deliveries.delivered_on,
        concat_ws(
            ':', items.source_file, items.source_line, items.page_number, items.item_number
        ) as place
    from items
    inner join deliveries on items.source_file = deliveries.source_file
{%- endmacro %}

{#- Whether a page says that another one follows it: by has_more or, where it has none, by naming it. -#}
{% macro has_next_page(page) -%}
    case lower(json_extract_string({{ page }}, '$.has_more'))
        when 'true' then true
        when 'false' then false
        else coalesce(json_extract_string({{ page }}, '$.next_page'), '') != ''
    end
{%- endmacro %}
