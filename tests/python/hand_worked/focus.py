"""FOCUS files: what is payable of a bill, tokens in the clouds' units, credits and restatement.

All dates are in February 2026 and all accounts are invented for this module.
"""

import csv
import io
import json
import tempfile
from pathlib import Path

import duckdb

from hand_worked import MILLION, Case, D, billed, records

FEBRUARY = {
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-02-01T00:00:00.000Z",
    "BillingPeriodEnd": "2026-03-01T00:00:00.000Z",
    "ChargePeriodStart": "2026-02-05T09:00:00.000Z",
    "ChargePeriodEnd": "2026-02-05T10:00:00.000Z",
    "ChargeCategory": "Usage",
}


def row(cost, **fields) -> dict:
    return FEBRUARY | {f"{k}Cost": cost for k in ("Billed", "Effective", "List")} | fields


def priced(quantity, unit, price) -> dict:
    return {
        "ConsumedQuantity": quantity,
        "ConsumedUnit": unit,
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ListUnitPrice": price,
        "ContractedUnitPrice": price,
        "SkuPriceId": "one",
    }


def as_csv(*rows: dict) -> str:
    columns = dict.fromkeys(name for r in rows for name in r)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_parquet(select: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        duckdb.sql(f"copy ({select}) to '{path}' (format parquet)")
        return path.read_bytes()


AWS = {"ProviderName": "AWS", "BillingAccountId": "100200300400", "InvoiceId": "INV-2"}
NOVA = AWS | {"ServiceName": "Amazon Bedrock", "x_ServiceCode": "AmazonBedrock"}
TIDEPOOL = {"ServiceProviderName": "Tidepool", "BillingAccountId": "tide", "ServiceName": "Tides"}
AZURE = {
    "ProviderName": "Microsoft",
    "BillingAccountId": "ea-900",
    "ServiceName": "Azure AI Services",
    "x_SkuMeterSubcategory": "Azure OpenAI",
}
GOOGLE = {
    "ProviderName": "Google Cloud",
    "BillingAccountId": "0A-900",
    "ServiceName": "Gemini API",
    "ContractedCost": 10,
    "x_Credits": [{"Name": "promo", "Amount": -1.5}],
}

FILES = {
    # The month as of the 10th, then whole: 5 is gone. Two equal rows are two charges.
    "focus_any/cost_and_usage/tidepool_2026-02-10.csv": as_csv(row("5", **TIDEPOOL)),
    "focus_any/cost_and_usage/tidepool_2026-03-03.csv": as_csv(
        row("7", **TIDEPOOL), row("7", **TIDEPOOL), row("8", **TIDEPOOL, InvoiceId="T-1"),
        row("seven", **TIDEPOOL),
    ),
    "aws_bedrock/focus/bill_2026-03-03.csv": as_csv(
        row("0.075024", **NOVA, **priced("1250.4", "1K tokens", "0.00006"),
            SkuMeter="USE1-NovaLite-input-tokens"),
        row("2.68059", **AWS, **priced("0.8123", "Units", "3.3"),
            ServiceName="Claude Sonnet 4.6 (Amazon Bedrock Edition)",
            SkuMeter="USE1-MP:USE1_OutputTokenCount-Units"),
        row("4", **AWS, ServiceName="Amazon Elastic Compute Cloud"),
    ),
    "azure_openai/focus/bill_2026-03-03.csv": as_csv(
        row("1.27755", **AZURE, ConsumedQuantity="511020", ConsumedUnit="Units",
            PricingQuantity="511.02", PricingUnit="1000 Units", x_PricingBlockSize="1000",
            ListUnitPrice="0.0025", ContractedUnitPrice="0.0025", SkuPriceId="p",
            SkuMeter="gpt-4o-0806-cached Inp-glbl Tokens"),
        row("5", **AZURE, PublisherName="Anthropic PBC") | {"ListCost": "0"},
    ),
    "google_vertex/focus/bill_2026-03-03.jsonl": "".join(
        json.dumps(r) + "\n"
        for r in (row(8.5, **GOOGLE), row(10, **GOOGLE) | {"ChargeDescription": "beside"})
    ),
    # The same columns as Parquet, with the digits and the types of a Parquet file.
    "focus_any/cost_and_usage/parquet_2026-03-03.parquet": as_parquet("""
        select
            'Reefworks' as "ServiceProviderName", 'reef' as "BillingAccountId",
            timestamp '2026-02-01' as "BillingPeriodStart",
            timestamp '2026-03-01' as "BillingPeriodEnd",
            timestamp '2026-02-05' as "ChargePeriodStart",
            timestamp '2026-02-06' as "ChargePeriodEnd",
            'Usage' as "ChargeCategory", 'Reef' as "ServiceName", 'USD' as "BillingCurrency",
            cast('0.123456789012345678' as decimal(38, 18)) as "BilledCost",
            cast('0.123456789012345678' as decimal(38, 18)) as "EffectiveCost",
            {'department': 'Sales'} as "Tags"
    """),
}  # fmt: skip


def of(dataset: str, condition: str = "true") -> str:
    return f"x_source_dataset = '{dataset}' and {condition}"


def tokens(column: str, dataset: str) -> str:
    february = "billing_period_start < '2026-03-01'"
    return f"select sum({column}) from charge where {of(dataset, february)}"


TIDE = "billing_account_id like '%tide%' and billing_period_start < '2026-03-01'"
CASES = [
    Case("the newest delivery of the month, equal rows both",
         billed(of("focus_any/cost_and_usage", TIDE)), D(7) + 7 + 8),
    Case("of it invoiced", billed(of("focus_any/cost_and_usage", TIDE)
         + " and x_cost_basis = 'Invoiced'"), D(8)),
    Case("an unreadable amount is no charge",
         records("focus_any/cost_and_usage", "quarantined"), 1),
    Case("the older delivery", records("focus_any/cost_and_usage", "superseded"), 1),
    Case("Parquet keeps every digit",
         billed(of("focus_any/cost_and_usage", "service_name = 'Reef'")),
         D("0.123456789012345678")),
    Case("a bill's lines, AI and not",
         billed(of("aws_bedrock/focus", "billing_account_id = '100200300400'")),
         D("1250.4") * D("0.00006") + D("0.8123") * D("3.3") + 4),
    Case("Bedrock alone", billed(of("aws_bedrock/focus", "service_name = 'Amazon Bedrock'")
         + " and billing_account_id = '100200300400'"),
         D("1250.4") * D("0.00006") + D("0.8123") * D("3.3")),
    Case("input in thousands", tokens("x_input_tokens", "aws_bedrock/focus"), D("1250.4") * 1000),
    Case("marketplace output in millions", tokens("x_output_tokens", "aws_bedrock/focus"),
         D("0.8123") * MILLION),
    Case("price per million of a price per thousand",
         "select list_unit_price from charge where x_source_dataset = 'aws_bedrock/focus' "
         "and billing_account_id = '100200300400' and x_input_tokens > 0", D("0.00006") * 1000),
    Case("cached tokens in blocks of 1000", tokens("x_cached_tokens", "azure_openai/focus"),
         D("511.02") * 1000),
    Case("list cost 0 beside 5 payable is unknown, and taken as 5",
         "select sum(list_cost) from charge where x_source_dataset = 'azure_openai/focus' "
         "and billing_account_id = 'ea-900'", D("511.02") * D("0.0025") + 5),
    Case("a credit inside the cost and one beside it",
         billed(of("google_vertex/focus", "billing_account_id = '0A-900'")),
         D("8.5") + (D(10) - D("1.5"))),
    Case("the credit beside it is a credit",
         billed(of("google_vertex/focus", "charge_category = 'Credit'")
                + " and billing_account_id = '0A-900'"), -D("1.5")),
]  # fmt: skip
