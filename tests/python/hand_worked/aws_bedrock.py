"""AWS Bedrock: logs in which input excludes the cache; a bill in thousands and millions of tokens.

Account 900000000001 pays, 900000000002 calls. March 2026 has logs only, April a bill as well.
"""

import csv
import io
import json
import tempfile
from pathlib import Path

import duckdb
from hand_worked import MILLION, Case, D, billed, priced, records

PAYER, CALLER = "900000000001", "900000000002"
SONNET = f"arn:aws:bedrock:us-east-1:{CALLER}:inference-profile/us.anthropic.claude-sonnet-4-6-v1:0"
HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"


def call(request_id: str, model: str, day: str, tokens: dict, **fields) -> str:
    record = {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"{day}T09:14:22Z",
        "accountId": CALLER,
        "identity": {"arn": f"arn:aws:sts::{CALLER}:assumed-role/HandWorked/session"},
        "region": "us-east-1",
        "requestId": request_id,
        "operation": "Converse",
        "modelId": model,
        "input": {k: n for k, n in tokens.items() if "put" in k and not k.startswith("output")},
        "output": {"outputTokenCount": tokens["outputTokenCount"]}
        if "outputTokenCount" in tokens
        else {},
        **fields,
    }
    return json.dumps(record) + "\n"


CACHED = {
    "inputTokenCount": 812,
    "cacheReadInputTokenCount": 20480,
    "cacheWriteInputTokenCount": 1000,
    "outputTokenCount": 301,
}
HOUR_LONG = {
    "outputTokenCount": 301,
    "outputBodyJson": {"usage": {"cache_creation": {"ephemeral_1h_input_tokens": 400}}},
}
PLAIN = {"inputTokenCount": 1000, "outputTokenCount": 100}
LOG = [
    call("hw-aws-cached", SONNET, "2026-03-05", CACHED, output=HOUR_LONG),
    call("hw-aws-plain", HAIKU, "2026-03-05", PLAIN),
    call("hw-aws-failed", HAIKU, "2026-03-05", {}, errorCode="ThrottlingException"),
    call(
        "hw-aws-rented",
        f"arn:aws:bedrock:us-east-1:{CALLER}:provisioned-model/abc",
        "2026-03-05",
        PLAIN,
    ),
    call("hw-aws-broken", HAIKU, "2026-03-05", {"inputTokenCount": "many"}),
    call("hw-aws-april", HAIKU, "2026-04-05", PLAIN),
]

COLUMNS = """bill_payer_account_id bill_billing_period_start_date bill_invoice_id
    identity_line_item_id line_item_line_item_type line_item_usage_start_date
    line_item_usage_end_date line_item_product_code line_item_usage_type line_item_usage_amount
    line_item_unblended_cost line_item_currency_code line_item_usage_account_id pricing_unit
    pricing_public_on_demand_cost pricing_public_on_demand_rate product
    savings_plan_savings_plan_a_r_n savings_plan_savings_plan_effective_cost
    savings_plan_total_commitment_to_date savings_plan_used_commitment""".split()
PLAN = {"savings_plan_savings_plan_a_r_n": "arn:aws:savingsplans::900000000001:savingsplan/hw"}


def line(number: str, line_type: str, code: str, usage_type: str, cost: str, **fields) -> dict:
    return dict.fromkeys(COLUMNS, "") | {
        "bill_payer_account_id": PAYER,
        "bill_billing_period_start_date": "2026-04-01T00:00:00.000Z",
        "identity_line_item_id": number,
        "line_item_line_item_type": line_type,
        "line_item_usage_start_date": "2026-04-05T09:00:00.000Z",
        "line_item_usage_end_date": "2026-04-05T10:00:00.000Z",
        "line_item_product_code": code,
        "line_item_usage_type": usage_type,
        "line_item_unblended_cost": cost,
        "line_item_currency_code": "USD",
        "line_item_usage_account_id": CALLER,
        **fields,
    }


def as_csv(lines: list[dict]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def as_parquet(lines: list[dict]) -> bytes:
    """The columns as AWS types them: times, doubles and a map."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "lines.csv", Path(folder) / "lines.parquet"
        source.write_text(as_csv(lines))
        duckdb.sql(f"""
            copy (
                select * replace (
                    line_item_usage_start_date::timestamp as line_item_usage_start_date,
                    line_item_usage_end_date::timestamp as line_item_usage_end_date,
                    bill_billing_period_start_date::timestamp as bill_billing_period_start_date,
                    line_item_usage_amount::double as line_item_usage_amount,
                    line_item_unblended_cost::double as line_item_unblended_cost,
                    pricing_public_on_demand_rate::double as pricing_public_on_demand_rate,
                    from_json(product, '{{"product_name": "VARCHAR"}}') as product
                )
                from read_csv('{source}', all_varchar = true)
            ) to '{target}' (format parquet)""")
        return target.read_bytes()


NOVA = line(
    "1",
    "Usage",
    "AmazonBedrock",
    "USE1-NovaLite-input-tokens",
    "0.075024",
    line_item_usage_amount="1250.4",
    pricing_unit="1K tokens",
    pricing_public_on_demand_cost="0.075024",
    pricing_public_on_demand_rate="0.00006",
)
SONNET_LINE = line(
    "2",
    "Usage",
    "7zinventedproductid00",
    "USE1-MP:USE1_InputTokenCount-Units",
    "2.68059",
    line_item_usage_amount="0.8123",
    pricing_unit="1M tokens",
    pricing_public_on_demand_rate="3.3",
    product=json.dumps({"product_name": "Claude Sonnet 4.6 (Amazon Bedrock Edition)"}),
)
REST = [
    line("3", "Credit", "AmazonBedrock", "", "-0.5"),
    line("4", "Tax", "AmazonBedrock", "", "0.19",
         line_item_usage_end_date="2026-04-30T23:59:59.000Z"),
    line("5", "Usage", "AmazonEC2", "BoxUsage:t3.micro", "1.25",
         line_item_usage_amount="10", pricing_unit="Hrs"),
    line("6", "SavingsPlanCoveredUsage", "AmazonEC2", "BoxUsage:m5.large", "2",
         savings_plan_savings_plan_effective_cost="1.4", **PLAN),
    line("7", "SavingsPlanNegation", "AmazonEC2", "BoxUsage:m5.large", "-2", **PLAN),
    line("8", "SavingsPlanRecurringFee", "ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "3",
         savings_plan_total_commitment_to_date="3", savings_plan_used_commitment="1.4", **PLAN),
    line("9", "Refund", "AmazonEC2", "", "-0.01"),
]  # fmt: skip
PERIOD = "aws_bedrock/cur/BILLING_PERIOD=2026-04"
FILES = {
    "aws_bedrock/invocation_logs/AWSLogs/us-east-1/2026/03/05/log_2026-03-05.json": "".join(LOG),
    # Delivered again: the plain call once more, and one that came late.
    "aws_bedrock/invocation_logs/AWSLogs/us-east-1/2026/03/06/log_2026-03-06.json": LOG[1]
    + call("hw-aws-late", HAIKU, "2026-03-05", PLAIN),
    f"{PERIOD}/cur_2026-04-10.csv": as_csv([line("1", "Usage", "AmazonEC2", "BoxUsage", "77")]),
    f"{PERIOD}/cur-00001_2026-05-03.csv": as_csv([NOVA, *REST]),
    f"{PERIOD}/cur-00002_2026-05-03.parquet": as_parquet([SONNET_LINE]),
}

CUR = "source_dataset = 'aws_bedrock/cur'"
LOGS = "source_dataset = 'aws_bedrock/invocation_logs'"
PAYABLE = (
    D("0.075024") + D("2.68059") - D("0.5") + D("0.19") + D("1.25")
    + 0  # covered by the savings plan
    + D("3") - D("0.01")
)  # fmt: skip
CASES = [
    Case(
        "input, cache reads and cache writes of both lifetimes are four classes",
        priced("request_id = 'hw-aws-cached'"),
        # regional Claude Sonnet 4.6: 3.30, read 0.33, write 4.125 and 6.60 (1h), output 16.50
        (812 * D("3.3") + 20480 * D("0.33") + 600 * D("4.125") + 400 * D("6.6") + 301 * D("16.5"))
        / MILLION,
    ),
    Case(
        "a global profile costs less than a regional one",
        priced("request_id = 'hw-aws-plain'"),
        (1000 * D("1") + 100 * D("5")) / MILLION,
    ),
    Case(
        "failed calls and rented capacity are not priced; a call delivered twice is, once",
        priced(f"{LOGS} and is_billable and started_at < timestamp '2026-04-01'"),
        (812 * D("3.3") + 20480 * D("0.33") + 600 * D("4.125") + 400 * D("6.6") + 301 * D("16.5"))
        / MILLION
        + 2 * (1000 * D("1") + 100 * D("5")) / MILLION,
    ),
    Case(
        "April has a bill: the log carries no money",
        "select coalesce(sum(billed_cost), 0) from charge "
        "where x_source_dataset = 'aws_bedrock/invocation_logs' "
        "and charge_period_start >= timestamp '2026-04-01'",
        0,
    ),
    Case("logged calls that count", records("aws_bedrock/invocation_logs", "accepted"), 6),
    Case("the call that came again", records("aws_bedrock/invocation_logs", "duplicate"), 1),
    Case("the count in words", records("aws_bedrock/invocation_logs", "quarantined"), 1),
    Case(
        "the bill's total is the invoice's, over both files of the newest delivery",
        f"select sum(billed_amount) from focus_lines where {CUR}",
        PAYABLE,
    ),
    Case("all of it is charged", billed("x_source_dataset = 'aws_bedrock/cur'"), PAYABLE),
    Case(
        "effective cost spreads the savings plan",
        f"select sum(effective_amount) from focus_lines where {CUR}",
        # covered 1.40 and unused 3.00 - 1.40 instead of the fee of 3.00
        PAYABLE - D("3") + D("1.4") + (D("3") - D("1.4")),
    ),
    Case(
        "Bedrock is what AWS and the marketplace bill for it, tax and credit included",
        f"select sum(billed_amount) from focus_lines where {CUR} and service = 'aws_bedrock'",
        D("0.075024") + D("2.68059") - D("0.5") + D("0.19"),
    ),
    Case(
        "thousands and millions of tokens are tokens",
        f"select sum(quantity) from focus_lines where {CUR} and unit = 'Tokens'",
        D("1250.4") * 1000 + D("0.8123") * 1_000_000,
    ),
    Case(
        "the marketplace article names its model in the product alone",
        f"select model || '/' || meter from focus_lines where {CUR} and billed_amount = 2.68059",
        "Claude Sonnet 4.6/input_tokens",
    ),
    Case("lines that count", records("aws_bedrock/cur", "accepted"), 9),
    Case("the first delivery is replaced", records("aws_bedrock/cur", "superseded"), 1),
]
