{#- Saved pages of a paged JSON API as their items: json_page_items, without the page itself but with
    has_next_page, whether the field `next_page` names a further page. A list without any page or
    item is no fault here. -#}
{% macro json_items(lines, items, next_page, mark, is_empty='false', expected='a page of items',
    exact=[]) -%}
    with page_items as (
        {{ json_page_items(lines, [items], mark, expected, exact, is_empty, may_be_empty=true) }}
    )

    select
        * exclude (page, place) replace (
            if(starts_with(page_problem, 'unknown layout'), 'not {{ expected }}', page_problem)
                as page_problem
        ),
        nullif({{ json_text('page', '$.' ~ next_page) }}, '') is not null as has_next_page
    from page_items
{%- endmacro %}

{#- Deliveries of json_items whose every page has a next one: the last page is missing. One row per
    `identity`, in the columns of records. `by` is what is asked for apart, such as a day. -#}
{% macro json_items_missing(
    items, identity=['source_dataset', 'account_folder', 'delivered_on'], said='names a next one',
    by=[]
) -%}
    select
        source_dataset,
        max(source_file) as source_file,
        1 as source_line,
        account_folder,
        delivered_on,
        {%- for name in by %}
            {{ name }},
        {%- endfor %}
        concat_ws('/', 'incomplete', {{ (identity + by) | join(', ') }}) as record_id,
        'quarantined' as record_status,
        'pages are missing: each page'
        || coalesce(' of ' || strftime(delivered_on, '%Y-%m-%d'), '')
        || ' {{ said }}' as problem
    from {{ items }}
    where page_problem is null
    group by {{ (['source_dataset', 'account_folder', 'delivered_on'] + by) | join(', ') }}
    having bool_and(has_next_page)
{%- endmacro %}
