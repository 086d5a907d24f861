-- Every column of every FOCUS dataset has a rule that is looked at, no rule names a column that is
-- not there, and every rule with a check has a result.
with rules as (
    select * from {{ ref('focus_rules') }}
),

results as (
    select * from {{ ref('focus_rule_results') }}
),

dataset_columns as (
    {{ focus_dataset_columns() }}
),

faults as (
    select
        'column without a checked rule' as fault,
        dataset_columns.focus_version,
        dataset_columns.dataset,
        dataset_columns.column_name as subject
    from dataset_columns
    left join results
        on
            dataset_columns.focus_version = results.focus_version
            and dataset_columns.dataset = results.dataset
            and dataset_columns.column_name = results.column_name
    where results.rule_id is null and not starts_with(dataset_columns.column_name, 'x_')

    union all

    select
        'rule for an unknown column' as fault,
        rules.focus_version,
        rules.dataset,
        rules.rule_id as subject
    from rules
    left join dataset_columns
        on
            rules.focus_version = dataset_columns.focus_version
            and rules.dataset = dataset_columns.dataset
            and rules.column_name = dataset_columns.column_name
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
    left join results
        on
            rules.focus_version = results.focus_version
            and rules.dataset = results.dataset
            and rules.rule_id = results.rule_id
    where rules.violation is not null and results.rule_id is null
)

select * from faults
