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
