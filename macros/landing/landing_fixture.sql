{#- Lines of one landing file for unit tests, in the columns of landing_lines. The folder is that of
    `file`; a delivery is what lies there or, with delivered_on, what has that date. -#}
{% macro landing_fixture(
    dataset, lines, file='file', rank=1, account=none, delivered_on=none, folder=none
) -%}
    {%- set folder = folder or file.split('/')[:-1] | join('/') -%}
    select
        '{{ dataset }}' as source_dataset,
        '{{ file }}' as source_file,
        line_number as source_line,
        cast({{ "'" ~ account ~ "'" if account else 'null' }} as varchar) as account_folder,
        cast({{ "'" ~ folder ~ "'" if folder else 'null' }} as varchar) as folder,
        cast({{ "'" ~ delivered_on ~ "'" if delivered_on else 'null' }} as date) as delivered_on,
        '{{ delivered_on or folder or "." }}' as delivery,
        '{{ "file name" if delivered_on else "modification time" }}' as order_known_by,
        true as is_complete,
        {{ rank }} as delivery_rank,
        line
    from (
        values
        {%- for line in lines %}
        ({{ loop.index }}, '{{ line | replace("'", "''") }}'),
        {%- endfor %}
        (0, null)
    ) as written (line_number, line)
    where line is not null
{%- endmacro %}
