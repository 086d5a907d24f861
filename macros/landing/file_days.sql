{#- The days that a file is about, from its name: [first, last], or [day] where the name has one
    date only. A month (2026-07) is its days. What follows a double underscore or the word exported
    is the day of delivery. -#}
{% macro file_days(source_file) -%}
    {%- set stem -%}
        regexp_replace(
            regexp_extract({{ source_file }}, '[^/]*$'), '(__|[_-]*(exported|pulled)).*$', ''
        )
    {%- endset -%}
    {%- set dates -%}
        regexp_extract_all({{ stem }}, '20\d\d-\d\d-\d\d')
    {%- endset -%}
    {%- set month_start -%}
        try_cast(nullif(regexp_extract({{ stem }}, '20\d\d-[01]\d'), '') || '-01' as date)
    {%- endset -%}
    case
        when len({{ dates }}) > 0
            then list_transform({{ dates }}[1:2], lambda d: try_cast(d as date))
        when {{ month_start }} is not null then [{{ month_start }}, last_day({{ month_start }})]
        else cast([] as date[])
    end
{%- endmacro %}

{#- The first and the last day that a file states, where its name has both; the last one that it can
    hold is that of its delivery. An empty list where the name has no two dates: a month is what a
    file is about, and no statement that it holds all of it. -#}
{% macro named_days(source_file, delivered_on) -%}
    {%- set stem -%}
        regexp_replace(
            regexp_extract({{ source_file }}, '[^/]*$'), '(__|[_-]*(exported|pulled)).*$', ''
        )
    {%- endset -%}
    {%- set dates -%}
        regexp_extract_all({{ stem }}, '20\d\d-\d\d-\d\d')
    {%- endset -%}
    if(
        len({{ dates }}) = 2,
        [
            try_cast({{ dates }}[1] as date),
            least(try_cast({{ dates }}[2] as date), {{ delivered_on }})
        ],
        cast([] as date[])
    )
{%- endmacro %}
