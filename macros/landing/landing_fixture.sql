{#- Lines of one landing file for unit tests, in the columns of landing_lines. -#}
{% macro landing_fixture(dataset, lines, file='file', rank=1, account=none, delivered_on=none) -%}
    select
        '{{ dataset }}' as source_dataset,
        '{{ file }}' as source_file,
        line_number as source_line,
        cast({{ "'" ~ account ~ "'" if account else 'null' }} as varchar) as account_folder,
        cast({{ "'" ~ delivered_on ~ "'" if delivered_on else 'null' }} as date) as delivered_on,
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
