{{ config(materialized='table') }}

{{ evaluate_rules([
    {
        'version': '1.1',
        'dataset': 'CostAndUsage',
        'relation': ref('focus_1_1__cost_and_usage'),
        'example': 'concat_ws(\' \', coalesce("SkuPriceId", "ChargeCategory"), "ChargePeriodStart")',
    },
]) }}
