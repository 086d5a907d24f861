{{ config(materialized='table') }}

{%- set known_versions = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.4.1'] %}

with lines as (
    select * from {{ source('ibm_watsonx', 'instances_csv') }}
),

-- Two tables in one file: who and when first, then the instances under a header of their own.
second_headers as (
    select
        source_file,
        min(source_line) as header_line
    from lines
    where contains(lower(line), 'service name') and contains(lower(line), 'usage metric')
    group by source_file
),

account_lines as (
    select lines.*
    from lines
    inner join second_headers on lines.source_file = second_headers.source_file
    where lines.source_line < second_headers.header_line
),

instance_lines as (
    select lines.*
    from lines
    left join second_headers on lines.source_file = second_headers.source_file
    where lines.source_line >= coalesce(second_headers.header_line, 0)
),

account_csv as (
    {{ csv_records('account_lines') }}
),

instance_csv as (
    {{ csv_records('instance_lines') }}
),

accounts as (
    select
        source_file,
        any_value({{ csv_value('account owner id') }}) as owner_id,
        any_value({{ csv_value('account name') }}) as account_name,
        any_value({{ csv_value('billing month') }}) as month_text,
        any_value({{ csv_value('version') }}) as file_version
    from account_csv
    where not is_header
    group by source_file
),

files as (
    {{ csv_files('instance_csv', {
        'instances': {
            'needed': [
                'service name', 'instance id', 'plan id', 'currency', 'billable', 'usage metric',
                'usage quantity', 'original cost', 'cost',
            ],
            'known': [
                'service id', 'instance name', 'plan name', 'region', 'consumer id',
                'resource group name', 'resource group id', 'cf org', 'org id', 'cf space',
                'space id', 'usage unit', 'volume discount', 'volume cost', 'pending',
                'discount (%)', 'discount id', 'subscription id', 'non chargeable', 'created at',
                'deleted at', 'parent resource instance id', 'profile', 'other tags',
            ],
        },
    }) }}
),

read_files as (
    select
        files.source_dataset,
        files.source_file,
        files.source_line,
        accounts.owner_id,
        accounts.account_name,
        -- The API writes 2026-05, a spreadsheet may make a day of it.
        left(accounts.month_text, 7) as month_text,
        case
            when files.layout_problem is not null then files.layout_problem
            when accounts.month_text is null
                then 'unknown layout: no billing month in a first table above the instances'
        end as layout_problem,
        nullif(concat_ws(
            '; ',
            files.notice,
            if(
                accounts.file_version in {{ tuple_of(known_versions) }},
                null,
                'version ' || coalesce(accounts.file_version, 'not stated')
                || ' of the file is not known'
            )
        ), '') as notice
    from files
    left join accounts on files.source_file = accounts.source_file
),

texts as (
    select
        instance_csv.source_dataset,
        instance_csv.source_file,
        instance_csv.source_line,
        instance_csv.delivery_rank,
        instance_csv.delivery,
        1 as record_number,
        instance_csv.problem,
        read_files.notice,
        read_files.owner_id,
        read_files.account_name,
        read_files.month_text,
        {%- for name, column in {
            'service_name': 'service name', 'service_code': 'service id',
            'resource_id': 'instance id', 'resource_name': 'instance name',
            'resource_group_id': 'resource group id', 'resource_group_name': 'resource group name',
            'region': 'region', 'currency_text': 'currency', 'billable_text': 'billable',
            'plan_id': 'plan id', 'plan_name': 'plan name',
            'non_chargeable_text': 'non chargeable', 'quantity_text': 'usage quantity',
            'cost_text': 'cost', 'rated_cost_text': 'original cost',
            'volume_cost_text': 'volume cost', 'unit_text': 'usage unit', 'metric': 'usage metric',
            'tags_text': 'other tags',
        }.items() %}
            {{ csv_value(column) }} as {{ name }},
        {%- endfor %}
        -- The account stands in the instance's name, as in the API.
        nullif(regexp_extract(resource_id, ':a/([0-9a-zA-Z]+):', 1), '') as named_account
    from instance_csv
    inner join read_files on instance_csv.source_file = read_files.source_file
    where not instance_csv.is_header and read_files.layout_problem is null
),

named_rows as (
    select
        * exclude (tags_text, owner_id, named_account),
        coalesce(
            named_account,
            max(named_account) over (partition by source_file),
            {{ hide_email('owner_id') }}
        ) as account_id,
        list_transform(
            regexp_split_to_array(coalesce(tags_text, ''), '[,;]'), lambda t: trim(t)
        ) as tag_texts,
        cast(null as varchar) as pricing_country,
        cast(null as varchar) as pricing_plan_id,
        cast(null as varchar) as rateable_text,
        cast(null as varchar) as price_text,
        cast(null as varchar) as unit_name,
        cast(null as varchar) as metric_name
    from texts
),

records as (
    {{ ibm_records('named_rows', [
        'account_id', 'month_text', 'resource_id', 'plan_id', 'metric', 'unit_text',
        'quantity_text', 'cost_text', 'rated_cost_text', 'non_chargeable_text',
    ]) }}
),

final as (
    select * from records
    union all by name
    {{ refused_files('read_files') }}
)

select * from final
