{%- set dataset = ref('focus_1_1__cost_and_usage') %}
-- Every column of FOCUS 1.1 has a rule, every rule names a column, and every rule has a result.
with rules as (
    select * from {{ ref('focus_rules') }}
),

results as (
    select * from {{ ref('focus_rule_results') }}
),

focus_columns as (
    select column_name
    from (
        values ('')
        {%- if execute %}
        {%- for column in adapter.get_columns_in_relation(dataset) %}
        , ('{{ column.name }}')
        {%- endfor %}
        {%- endif %}
    ) as names (column_name)
    where column_name <> '' and not starts_with(column_name, 'x_')
)

select 'column without a rule' as fault, c.column_name as subject
from focus_columns as c
where c.column_name not in (select r.column_name from rules as r where r.focus_version = '1.1')

union all

select 'rule for an unknown column' as fault, r.rule_id as subject
from rules as r
where
    r.focus_version = '1.1'
    and r.column_name not in (select c.column_name from focus_columns as c)

union all

select 'rule without a result' as fault, r.rule_id as subject
from rules as r
where
    not exists (
        select 1
        from results
        where
            results.focus_version = r.focus_version
            and results.dataset = r.dataset
            and results.rule_id = r.rule_id
    )
