{#- The one rule for what is delivered again: newer replaces older exactly where it covers it and was
    accepted; what it does not cover stays. One row per cell, that is what one delivery states of
    one part and one day, with replaced_by (file of the newest delivery that covers the cell, null
    where it counts), replaced_by_statement, and notice (what its own delivery leaves uncovered).

    A delivery covers the parts that its accepted rows name and the days from its first to its last,
    whatever part they are of. A row of no part is covered by rows of none, or by all parts that
    its own delivery names. A delivery that names no part at all is of everything. One without an
    accepted row covers nothing. A complete delivery goes before an incomplete one, whichever is
    newer; where one stands alone, it counts.

    rows  relation, read for these columns only:
          scope           what is restated apart, such as account and billing period; any type
          statement       what is replaced as one: a delivery, such as a run of an export, or a
                          file; any type
          statement_order  its place among them; the highest of its rows counts
          has_all_pages     whether all its pages are there
          named_by        what names the parts of the delivery, as text: rows of one named_by are
                          filtered alike
          part            list of `dimensions` texts, '' where a row names none
          stated_on       day or moment; rows without one are in no cell
          stated_first, stated_last  days that are stated besides those of the rows, or null
          is_stated       whether the row was accepted
          is_row          false for a row that only says that a day had nothing
          source_file, cell_amount, cell_currency
    dimensions  how many things a delivery may be filtered by
    keeps_start  whether a delivery that begins later than one it replaces is worth a notice: it is
                 where each states a whole period, not where windows move on
    names_what_lacks  whether a notice names of a part that stays only what the newer delivery names
                 nowhere: an account, not each of its services -#}
{% macro delivery_cells(rows, dimensions=1, keeps_start=true, names_what_lacks=false) -%}
    {%- set axes = range(1, dimensions + 1) -%}
    with stated as (
        select
            scope, statement, named_by, part, stated_on,
            cell_currency as currency,
            max(statement_order) as statement_order,
            bool_and(has_all_pages) as has_all_pages,
            max(source_file) as source_file,
            bool_or(is_stated and is_row) as is_named,
            min(stated_on) filter (where is_stated) as first_row,
            min(stated_first) as stated_first,
            max(stated_last) as stated_last,
            count(*) filter (where is_stated and is_row) as row_count,
            sum(cell_amount) filter (where is_stated and is_row) as amount
        from {{ rows }}
        where stated_on is not null
        group by scope, statement, named_by, part, stated_on, cell_currency
    ),

    cells as (
        select distinct
            scope, statement, named_by, part, stated_on
        from stated
    ),

    statements as (
        select
            scope, statement, named_by,
            (bool_and(has_all_pages), max(statement_order)) as place,
            bool_and(has_all_pages) as has_all_pages,
            max(source_file) as source_file,
            min(stated_on) as from_row,
            max(stated_on) as until_row,
            least(min(first_row), min(stated_first)) as first_day,
            greatest(max(first_row), max(stated_last)) as last_day
        from stated
        group by scope, statement, named_by
    ),

    named_parts as (
        select
            named_by, part,
            bool_or(is_named) as is_accepted
        from stated
        group by named_by, part
    ),

    names as (
        select
            named_by,
            {%- for axis in axes %}
                bool_or(part[{{ axis }}] != '') as names_{{ axis }},
                bool_or(part[{{ axis }}] != '' and is_accepted) as covers_{{ axis }},
                {%- if names_what_lacks %}
                    list(distinct part[{{ axis }}]) filter (where is_accepted) as told_{{ axis }},
                {%- endif %}
            {%- endfor %}
            bool_or(is_accepted) as is_accepted
        from named_parts
        group by named_by
    ),

    -- Statements of which one may replace something of the other.
    pairs as (
        select
            older.scope, older.statement, older.named_by,
            newer.statement as newer_statement,
            newer.named_by as newer_named_by,
            newer.place, newer.first_day, newer.last_day,
            newer.source_file as newer_file,
            older.has_all_pages = newer.has_all_pages as is_restated
        from statements as older
        inner join statements as newer
            on
                older.scope = newer.scope
                and older.place < newer.place
                {%- if not keeps_start %}
                    and older.from_row <= newer.last_day
                    and older.until_row >= newer.first_day
                {%- endif %}
        inner join names on newer.named_by = names.named_by
        where names.is_accepted
    ),

    -- They are compared in what both name.
    compared as (
        select
            compared.*,
            {%- for axis in axes %}
                older.names_{{ axis }} and newer.covers_{{ axis }} as by_{{ axis }}
                {{- ',' if not loop.last }}
            {%- endfor %}
        from (select distinct named_by, newer_named_by from pairs) as compared
        inner join names as older on compared.named_by = older.named_by
        inner join names as newer on compared.newer_named_by = newer.named_by
    ),

    newer_parts as (
        select distinct
            compared.named_by, compared.newer_named_by,
            [
                {%- for axis in axes %}
                    if(compared.by_{{ axis }}, named_parts.part[{{ axis }}], '')
                    {{- ',' if not loop.last }}
                {%- endfor %}
            ] as compared_part
        from compared
        inner join named_parts on compared.newer_named_by = named_parts.named_by
        where named_parts.is_accepted
    ),

    older_parts as (
        select
            compared.named_by, compared.newer_named_by, named_parts.part,
            [
                {%- for axis in axes %}
                    if(compared.by_{{ axis }}, named_parts.part[{{ axis }}], '')
                    {{- ',' if not loop.last }}
                {%- endfor %}
            ] as compared_part,
            {% for axis in axes -%}
                (not compared.by_{{ axis }} or named_parts.part[{{ axis }}] != '')
                {{- ' and ' if not loop.last }}
            {%- endfor %} as names_all
        from compared
        inner join named_parts on compared.named_by = named_parts.named_by
    ),

    covered_parts as (
        select
            older_parts.named_by, older_parts.newer_named_by, older_parts.part,
            older_parts.names_all,
            newer_parts.compared_part is not null as is_named,
            coalesce(
                bool_and(is_named) filter (where older_parts.names_all) over (
                    partition by older_parts.named_by, older_parts.newer_named_by
                ),
                true
            ) as names_every_part
        from older_parts
        left join newer_parts
            on
                older_parts.named_by = newer_parts.named_by
                and older_parts.newer_named_by = newer_parts.newer_named_by
                and older_parts.compared_part = newer_parts.compared_part
    ),

    met as (
        select
            cells.scope, cells.statement, cells.part, cells.stated_on,
            pairs.newer_statement, pairs.newer_named_by, pairs.newer_file, pairs.place,
            pairs.first_day, pairs.last_day, pairs.is_restated,
            covered_parts.is_named
            or (not covered_parts.names_all and covered_parts.names_every_part) as has_part,
            cells.stated_on between pairs.first_day and pairs.last_day as has_day
        from cells
        inner join pairs on cells.scope = pairs.scope and cells.statement = pairs.statement
        inner join covered_parts
            on
                pairs.named_by = covered_parts.named_by
                and pairs.newer_named_by = covered_parts.newer_named_by
                and cells.part = covered_parts.part
    ),

    replaced as (
        select
            scope, statement, part, stated_on,
            arg_max(newer_file, place) as replaced_by,
            arg_max(newer_statement, place) as replaced_by_statement
        from met
        where has_part and has_day
        group by scope, statement, part, stated_on
    ),

    -- What stays beside a newer statement of the same parts.
    overlapping as (
        select distinct
            scope, statement, newer_statement
        from met
        where has_part and is_restated {{ '' if keeps_start else 'and has_day' }}
    ),

    kept as (
        select
            met.newer_named_by, stated.currency, stated.amount, stated.row_count,
            {%- if names_what_lacks %}
                [
                    {%- for axis in axes %}
                        if(
                            coalesce(list_contains(newer.told_{{ axis }}, met.part[{{ axis }}]), false),
                            '', met.part[{{ axis }}]
                        )
                        {{- ',' if not loop.last }}
                    {%- endfor %}
                ] as lacking,
                array_to_string(
                    list_filter(
                        if(
                            array_to_string(lacking, '') = '' and not list_contains(met.part, ''),
                            met.part, lacking
                        ),
                        lambda p: p != ''
                    ),
                    ' '
                ) as part_names,
            {%- else %}
                array_to_string(list_filter(met.part, lambda p: p != ''), ' ') as part_names,
            {%- endif %}
            if(met.has_part, null, {{ hide_email('part_names') }}) as kept_part,
            case
                when not met.has_part then 'part'
                when met.stated_on > met.last_day then 'end'
                else 'begin'
            end as kept_for,
            if(kept_for = 'end', met.last_day, met.first_day) as border
        from met
        {%- if names_what_lacks %}
            inner join names as newer on met.newer_named_by = newer.named_by
        {%- endif %}
        inner join overlapping
            on
                met.scope = overlapping.scope
                and met.statement = overlapping.statement
                and met.newer_statement = overlapping.newer_statement
        left join replaced
            on
                met.scope = replaced.scope
                and met.statement = replaced.statement
                and met.part = replaced.part
                and met.stated_on = replaced.stated_on
        inner join stated
            on
                met.scope = stated.scope
                and met.statement = stated.statement
                and met.part = stated.part
                and met.stated_on = stated.stated_on
        where
            not (met.has_part and met.has_day)
            and replaced.scope is null
            and stated.row_count > 0
            {%- if not keeps_start %}
                and if(met.has_part, met.stated_on > met.last_day, met.has_day)
            {%- endif %}
    ),

    kept_money as (
        select
            newer_named_by, kept_for, currency,
            sum(row_count) as row_count,
            sum(amount) as amount,
            if(kept_for = 'end', max(border), min(border)) as border,
            list_sort(list(distinct kept_part) filter (where kept_part != '')) as parts
        from kept
        group by newer_named_by, kept_for, currency
    ),

    kept_rows as (
        select
            newer_named_by, kept_for,
            sum(row_count) || ' rows' || coalesce(
                ', ' || string_agg(
                    {{ plain_number('amount') }} || ' ' || currency, ', ' order by currency
                ),
                ''
            ) as words,
            strftime(if(kept_for = 'end', max(border), min(border)), '%Y-%m-%d') as border,
            array_to_string(list_sort(list_distinct(flatten(list(parts))))[1:20], ', ') as parts
        from kept_money
        group by newer_named_by, kept_for
    ),

    notices as (
        select
            newer_named_by as named_by,
            string_agg(
                case kept_for
                    when 'end'
                        then
                            'the delivery ends on ' || border
                            || ', what an older one states after it stays: ' || words
                    when 'begin'
                        then
                            'the delivery begins on ' || border
                            || ', what an older one states before it stays: ' || words
                    else
                        'the delivery does not name ' || coalesce(nullif(parts, ''), 'all parts')
                        || ', what an older one states of it stays: ' || words
                end,
                '; ' order by kept_for
            ) as notice
        from kept_rows
        group by newer_named_by
    )

    select
        cells.scope,
        cells.statement,
        cells.part,
        cells.stated_on,
        replaced.replaced_by,
        replaced.replaced_by_statement,
        if(replaced.scope is null, notices.notice, null) as delivery_notice
    from cells
    left join replaced
        on
            cells.scope = replaced.scope
            and cells.statement = replaced.statement
            and cells.part = replaced.part
            and cells.stated_on = replaced.stated_on
    left join notices on cells.named_by = notices.named_by
{%- endmacro %}

{#- Rows with what delivery_cells says of their cell: replaced_by, replaced_by_statement and
    delivery_notice. -#}
{% macro with_delivery_cells(rows, dimensions=1, keeps_start=true, names_what_lacks=false) -%}
    with delivery_cells as (
        {{ delivery_cells(rows, dimensions, keeps_start, names_what_lacks) }}
    )

    select
        told.*,
        delivery_cells.replaced_by,
        delivery_cells.replaced_by_statement,
        delivery_cells.delivery_notice
    from {{ rows }} as told
    left join delivery_cells
        on
            told.scope = delivery_cells.scope
            and told.statement = delivery_cells.statement
            and told.part = delivery_cells.part
            and told.stated_on = delivery_cells.stated_on
{%- endmacro %}
