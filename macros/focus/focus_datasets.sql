{#- The FOCUS datasets that are built, version by version: the one place that a new version is
    added to besides its contract file, its rule seed and its one-line models. -#}
{% macro focus_datasets() -%}
    {%- set examples = {
        'CostAndUsage':
            'concat_ws(\' \', coalesce("SkuPriceId", "ChargeCategory"), "ChargePeriodStart")',
        'ContractCommitment': '"ContractCommitmentId"',
        'BillingPeriod': 'concat_ws(\' \', "InvoiceIssuerName", "BillingPeriodStart")',
        'InvoiceDetail': 'concat_ws(\' \', "InvoiceId", "InvoiceDetailId")',
    } -%}
    {%- set datasets = {
        '1.1': ['CostAndUsage'],
        '1.2': ['CostAndUsage'],
        '1.3': ['CostAndUsage', 'ContractCommitment'],
        '1.4': ['CostAndUsage', 'BillingPeriod', 'InvoiceDetail', 'ContractCommitment'],
    } -%}
    {%- set built = [] -%}
    {%- for version, names in datasets.items() -%}
        {%- for name in names -%}
            {%- do built.append({
                'version': version,
                'dataset': name,
                'example': examples[name],
                'model': 'focus_' ~ version | replace('.', '_') ~ '__' ~ focus_snake_case(name),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(built) -}}
{%- endmacro %}

{#- The versions whose rules come from an official model file. -#}
{% macro official_focus_versions() -%}
    {{- return(focus_datasets() | map(attribute='version') | unique | reject('eq', '1.1') | list) -}}
{%- endmacro %}

{#- The rules of all official models, one after the other. -#}
{% macro official_rules() -%}
    {%- for version in official_focus_versions() %}
    select * from {{ ref('focus_' ~ version | replace('.', '_') ~ '_rules') }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The columns of all FOCUS datasets as they were built: focus_version, dataset, column_name. -#}
{% macro focus_dataset_columns() -%}
    {%- for item in focus_datasets() %}
    {%- set relation = ref(item.model) %}
    {%- set columns = adapter.get_columns_in_relation(relation) if execute else [] %}
    select
        '{{ item.version }}' as focus_version,
        '{{ item.dataset }}' as dataset,
        unnest(string_split('{{ columns | map(attribute='name') | join(',') }}', ','))
            as column_name
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
