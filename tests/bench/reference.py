"""The bare reference: what one query by hand makes of the calls, without a question asked.

It reads the same files, keeps one record per request, divides it into its classes of tokens, prices
them and writes the columns of FOCUS 1.4: what DuckDB itself needs for the rows that a build writes.
It checks nothing, quarantines nothing and knows one gateway; a build is measured against it.
"""

from __future__ import annotations

from pathlib import Path

import calls
import duckdb
import yaml

CONTRACT = Path(__file__).resolve().parents[2] / "models" / "focus" / "v1_4" / "focus_1_4.yml"
READ = """
    select *
    from read_json('{files}', format = 'newline_delimited', columns = {{
        request_id: 'VARCHAR', api_key: 'VARCHAR', spend: 'VARCHAR', prompt_tokens: 'BIGINT',
        completion_tokens: 'BIGINT', "startTime": 'TIMESTAMP', model: 'VARCHAR',
        custom_llm_provider: 'VARCHAR', "user": 'VARCHAR', team_id: 'VARCHAR',
        request_tags: 'VARCHAR[]',
        metadata: 'STRUCT(usage_object STRUCT(prompt_tokens_details STRUCT(
            cached_tokens BIGINT, cache_creation_tokens BIGINT)))'
    }})
    qualify row_number() over (partition by request_id order by "startTime") = 1
"""
METERED = """
    select
        newest.* exclude (details),
        unnest([
            {{
                meter: 'input', quantity: prompt_tokens - details.cached_tokens
                - details.cache_creation_tokens, price: input_price
            }},
            {{meter: 'cache read', quantity: details.cached_tokens, price: cache_read_price}},
            {{meter: 'cache write', quantity: details.cache_creation_tokens, price: write_price}},
            {{meter: 'output', quantity: completion_tokens, price: output_price}}
        ], recursive := true)
    from (
        select *, metadata.usage_object.prompt_tokens_details as details from read_calls
    ) as newest
    inner join models
        on newest.model = models.model and newest.custom_llm_provider = models.provider
"""
GROUPED = """
    select
        {period} as period_start, {call} as call_id, custom_llm_provider, model, meter, price,
        api_key, team_id, "user", request_tags[1] as department, request_tags[2] as feature,
        sum(quantity) as quantity
    from metered
    where quantity > 0
    group by all
"""
MONEY = "cast(quantity * price * cast('0.000001' as decimal(7, 6)) as decimal(38, 18))"
COLUMNS = {
    **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), MONEY),
    **dict.fromkeys(
        ("ListUnitPrice", "ContractedUnitPrice", "PricingCurrencyListUnitPrice"),
        "cast(price as decimal(18, 8))",
    ),
    **dict.fromkeys(("BillingCurrency", "PricingCurrency"), "'USD'"),
    **dict.fromkeys(
        ("ServiceName", "InvoiceIssuerName", "ServiceProviderName", "HostProviderName"),
        "custom_llm_provider",
    ),
    "BillingAccountId": "custom_llm_provider || '/default'",
    "BillingAccountName": "custom_llm_provider || ' (default account)'",
    "BillingPeriodStart": "date_trunc('month', period_start)",
    "BillingPeriodEnd": "date_trunc('month', period_start) + interval 1 month",
    "ChargePeriodStart": "period_start",
    "ChargePeriodEnd": "period_start + interval 1 day",
    "ChargeCategory": "'Usage'",
    "ChargeFrequency": "'Usage-Based'",
    "ChargeDescription": "custom_llm_provider || ' ' || model || ' - ' || meter",
    "PricingCategory": "'Standard'",
    "PricingQuantity": "cast(quantity * cast('0.000001' as decimal(7, 6)) as decimal(28, 10))",
    "PricingUnit": "'1000000 Tokens'",
    "ConsumedQuantity": "cast(quantity as decimal(34, 10))",
    "ConsumedUnit": "'Tokens'",
    "ServiceCategory": "'AI and Machine Learning'",
    "ServiceSubcategory": "'Generative AI'",
    "SkuId": "custom_llm_provider || '/' || model || '/' || meter",
    "SkuPriceId": "custom_llm_provider || '/' || model || '/' || meter || '/' || price",
    "SkuMeter": "meter",
    "ResourceId": "call_id",
    "Tags": "to_json({department: department, feature: feature})",
    "x_AIModel": "model",
    "x_AIVendor": "custom_llm_provider",
    "x_Department": "department",
    "x_Feature": "feature",
    "x_User": 'sha256("user")',
}


def run(landing: Path, grain: str, out: Path) -> tuple[int, str]:
    """Writes FOCUS 1.4 as Parquet; its rows and the sum of EffectiveCost, in USD, as text."""
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    columns = next(
        model["columns"]
        for model in contract["models"]
        if model["name"] == "focus_1_4__cost_and_usage"
    )
    focus = ",\n        ".join(
        f"{COLUMNS.get(column['name'], 'cast(null as ' + column['data_type'] + ')')}"
        f' as "{column["name"]}"'
        for column in columns
    )
    by_call = grain == "call"
    grouped = GROUPED.format(
        period='"startTime"' if by_call else f"date_trunc('{grain}', \"startTime\")",
        call="request_id" if by_call else "cast(null as varchar)",
    )
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 2")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(
            f"copy (with models as (from {calls.prices()}),"
            f" read_calls as ({READ.format(files=landing / 'litellm' / 'spend_logs' / '*.jsonl')}),"
            f" metered as ({METERED.format()}), grouped as ({grouped})"
            f" select {focus} from grouped) to '{out}' (format parquet, compression zstd)"
        )
        rows, cost = connection.execute(
            f"""select count(*), cast(sum("EffectiveCost") as varchar) from '{out}'"""
        ).fetchone()
    return rows, cost
