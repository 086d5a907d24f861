-- Every column of FOCUS 1.1 has a rule, every rule names a column, and every rule has a result.
{%- set dataset = ref('focus_1_1__cost_and_usage') %}
{%- set columns = adapter.get_columns_in_relation(dataset) if execute else [] %}
{%- set names = columns | map(attribute='name') | join(',') %}

with rules as (
    select * from {{ ref('focus_rules') }}
),

results as (
    select * from {{ ref('focus_rule_results') }}
),

dataset_columns as (
    select unnest(string_split('{{ names }}', ',')) as column_name
),

faults as (
    select
        'column without a rule' as fault,
        dataset_columns.column_name as subject
    from dataset_columns
    left join rules
        on
            dataset_columns.column_name = rules.column_name
            and rules.focus_version = '1.1'
    where rules.rule_id is null and not starts_with(dataset_columns.column_name, 'x_')

    union all

    select
        'rule for an unknown column' as fault,
        rules.rule_id as subject
    from rules
    left join dataset_columns on rules.column_name = dataset_columns.column_name
    where rules.focus_version = '1.1' and dataset_columns.column_name is null

    union all

    select
        'rule without a result' as fault,
        rules.rule_id as subject
    from rules
    left join results
        on
            rules.focus_version = results.focus_version
            and rules.dataset = results.dataset
            and rules.rule_id = results.rule_id
    where results.rule_id is null
)

select * from faults
