{#- Which days of which CSV files are told again by a newer one: one row per replaced file, account and
    day, with replaced_by. `rows` has source_file, delivery_rank, account_id, stated_on (the day),
    part (project or workspace) and is_empty, which marks a row that only says that a day had
    nothing. A newer file replaces a day as a whole, for rows have no id; unless both files name
    parts and have none in common: then they are exports of different parts. -#}
{% macro replaced_days(rows) -%}
    with told_days as (
        select
            source_file,
            account_id,
            stated_on,
            max(delivery_rank) as delivery_rank
        from {{ rows }}
        where stated_on is not null
        group by source_file, account_id, stated_on
    ),

    told_parts as (
        select
            source_file,
            coalesce(
                list(distinct coalesce(part, '')) filter (where not is_empty), []
            ) as parts,
            len(list_filter(parts, lambda p: p != '')) > 0 as names_parts
        from {{ rows }}
        group by source_file
    )

    select
        older.source_file,
        older.account_id,
        older.stated_on,
        arg_max(newer.source_file, newer.delivery_rank) as replaced_by
    from told_days as older
    inner join told_days as newer
        on
            older.account_id is not distinct from newer.account_id
            and older.stated_on = newer.stated_on
            and older.delivery_rank < newer.delivery_rank
    inner join told_parts as older_parts on older.source_file = older_parts.source_file
    inner join told_parts as newer_parts on newer.source_file = newer_parts.source_file
    where
        not older_parts.names_parts
        or not newer_parts.names_parts
        or list_has_any(older_parts.parts, newer_parts.parts)
    group by older.source_file, older.account_id, older.stated_on
{%- endmacro %}
