-- Every column of every FOCUS dataset has a rule that is looked at, no rule names a column that is
-- not there, and every rule with a check has a result.
with rules as (
    select * from {{ ref('focus_rules') }}
),

results as (
    select * from {{ ref('focus_rule_results') }}
),

dataset_columns as (
    {%- for item in focus_datasets() %}
    {%- set relation = ref(item.model) %}
    {%- set columns = adapter.get_columns_in_relation(relation) if execute else [] %}
    select
        '{{ item.version }}' as focus_version,
        '{{ item.dataset }}' as dataset,
        unnest(string_split('{{ columns | map(attribute='name') | join(',') }}', ','))
            as column_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

faults as (
    select
        'column without a checked rule' as fault,
        dataset_columns.focus_version,
        dataset_columns.dataset,
        dataset_columns.column_name as subject
    from dataset_columns
    left join results using (focus_version, dataset, column_name)
    where results.rule_id is null and not starts_with(dataset_columns.column_name, 'x_')

    union all

    select
        'rule for an unknown column' as fault,
        rules.focus_version,
        rules.dataset,
        rules.rule_id as subject
    from rules
    left join dataset_columns using (focus_version, dataset, column_name)
    where
        rules.check_kind = 'row'
        and rules.rule_type = 'Static'
        and dataset_columns.column_name is null
        and rules.column_name in (select d.column_name from dataset_columns as d)

    union all

    select
        'check without a result' as fault,
        rules.focus_version,
        rules.dataset,
        rules.rule_id as subject
    from rules
    left join results using (focus_version, dataset, rule_id)
    where rules.violation is not null and results.rule_id is null
)

select * from faults
