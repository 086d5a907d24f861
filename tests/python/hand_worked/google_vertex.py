"""Vertex AI: thoughts outside the candidates, the cache inside the prompt; a bill before credits.

Billing account HANDWK-000001-000001, invoice month April 2026, as JSON lines, CSV and Parquet.
"""

import json
import tempfile
from pathlib import Path

import duckdb
from hand_worked import MILLION, Case, D, billed, priced, records

ACCOUNT = "HANDWK-000001-000001"


def call(request_id: str, model: str, usage: dict | None, **response) -> str:
    answer = response | ({"usageMetadata": usage} if usage is not None else {})
    return json.dumps({
        "endpoint": "projects/hand-worked/locations/global/publishers/google/models/" + model,
        "logging_time": "2026-03-05 09:14:22.5 UTC", "request_id": request_id, "model": model,
        "full_request": {"labels": {"department": "Search"}}, "full_response": answer,
    }) + "\n"  # fmt: skip


THINKING = call("hw-gv-thinking", "gemini-2.5-flash", {
    "promptTokenCount": 9100, "cachedContentTokenCount": 8192, "candidatesTokenCount": 310,
    "thoughtsTokenCount": 1204, "toolUsePromptTokenCount": 500, "totalTokenCount": 11114,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8900},
                            {"modality": "AUDIO", "tokenCount": 200}],
    "trafficType": "ON_DEMAND",
})  # fmt: skip
LONG = call(
    "hw-gv-long",
    "gemini-2.5-pro",
    {"promptTokenCount": 250_000, "candidatesTokenCount": 100, "totalTokenCount": 250_100},
)
LOG = [
    THINKING,
    LONG,
    call("hw-gv-error", "gemini-2.5-pro", None, error={"code": 429, "message": "quota"}),
    call("hw-gv-unknown", "gemini-2.5-pro", None),
    call("hw-gv-rented", "gemini-2.5-pro", {"promptTokenCount": 10,
                                            "trafficType": "PROVISIONED_THROUGHPUT"}),
]  # fmt: skip

VERTEX = {"id": "C7E2-9256-1C43", "description": "Vertex AI"}
COMPUTE = {"id": "6F81-5844-456A", "description": "Compute Engine"}


def row(service: dict, sku: str, cost: str, **fields) -> dict:
    return {
        "billing_account_id": ACCOUNT, "invoice": {"month": "202604"}, "cost_type": "regular",
        "service": service, "sku": {"id": "HW-" + sku[:4], "description": sku},
        "usage_start_time": "2026-04-05 09:00:00 UTC", "usage_end_time": "2026-04-05 10:00:00 UTC",
        "project": {"id": "hand-worked", "name": "hand-worked",
                    "labels": [{"key": "feature", "value": "find"}]},
        "labels": [{"key": "department", "value": "Search"}], "cost": cost, "currency": "USD",
        "credits": [], **fields,
    }  # fmt: skip


FLASH = row(
    VERTEX,
    "Gemini 2.5 Flash GA Text Input - Predictions",
    "0.3696",
    usage={
        "amount": "1232000",
        "unit": "requests",
        "amount_in_pricing_units": "1232000",
        "pricing_unit": "count",
    },
    price={"list_price": "0.3", "pricing_unit_quantity": "1000000"},
    cost_at_list="0.3696",
    credits=[{"name": "Promotional credit", "type": "PROMOTION", "amount": "-0.1"}],
)
MACHINE = row(COMPUTE, "N1 Core", "2.5", usage={"amount": "3600", "unit": "seconds"})
TAX = row(COMPUTE, "Tax", "0.21", cost_type="tax", project=None)
CORRECTION = row(
    VERTEX,
    "Gemini 2.5 Flash GA Text Input - Predictions",
    "-0.05",
    cost_type="adjustment",
    usage_start_time="2026-03-05 09:00:00 UTC",
    usage_end_time="2026-03-05 10:00:00 UTC",
)


def as_parquet(rows: list[dict]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.json", Path(folder) / "rows.parquet"
        source.write_text("".join(json.dumps(r) + "\n" for r in rows))
        duckdb.sql(f"""
            copy (
                select * replace (cost::decimal(38, 9) as cost, credits::struct(
                    name varchar, "type" varchar, amount decimal(38, 9))[] as credits)
                from read_json('{source}')
            ) to '{target}' (format parquet)""")
        return target.read_bytes()


FLAT = (
    "billing_account_id,invoice.month,cost_type,service.id,service.description,sku.id,"
    "sku.description,usage_start_time,usage_end_time,project.id,cost,currency,usage.amount,"
    "usage.unit,credits\n"
    f"{ACCOUNT},202604,regular,6F81-5844-456A,Compute Engine,HW-N1,N1 Core,"
    "2026-04-05 09:00:00 UTC,2026-04-05 10:00:00 UTC,hand-worked,1.5,USD,3600,seconds,"
    '"[{""name"":""Commitment"",""type"":""COMMITTED_USAGE_DISCOUNT"",""amount"":-0.5}]"\n'
)
EXPORT = "google_vertex/billing_export"
FILES = {
    "google_vertex/request_logs/calls_2026-03-06.jsonl": "".join(LOG),
    "google_vertex/request_logs/calls_2026-03-07.jsonl": THINKING
    + call("hw-gv-late", "gemini-2.5-pro", {"promptTokenCount": 1000, "candidatesTokenCount": 10}),
    f"{EXPORT}/april_2026-04-20.jsonl": json.dumps(row(COMPUTE, "N1 Core", "99")) + "\n",
    f"{EXPORT}/april-0_2026-05-03.jsonl": "".join(json.dumps(r) + "\n" for r in (FLASH, TAX)),
    f"{EXPORT}/april-1_2026-05-03.parquet": as_parquet([MACHINE, CORRECTION]),
    f"{EXPORT}/april-2_2026-05-03.csv": FLAT,
}
BILL = "source_dataset = 'google_vertex/billing_export'"
PAYABLE = D("0.3696") - D("0.1") + D("0.21") + D("2.5") - D("0.05") + D("1.5") - D("0.5")
CASES = [
    Case(
        "thoughts and tools come on top, the cache is inside, audio has its price",
        priced("request_id = 'hw-gv-thinking'"),
        # gemini-2.5-flash: input 0.30, audio 1, cached 0.03, output 2.50
        (
            (9100 - 8192 - 200 + 500) * D("0.3")
            + 200 * D("1")
            + 8192 * D("0.03")
            + (310 + 1204) * D("2.5")
        )
        / MILLION,
    ),
    Case(
        "a long prompt has the long-context price",
        priced("request_id = 'hw-gv-long'"),
        # gemini-2.5-pro above 200,000 tokens: input 2.50, output 15
        (250_000 * D("2.5") + 100 * D("15")) / MILLION,
    ),
    Case("calls that count", records("google_vertex/request_logs", "accepted"), 5),
    Case("the call that came again", records("google_vertex/request_logs", "duplicate"), 1),
    Case("an answer without usage", records("google_vertex/request_logs", "quarantined"), 1),
    Case(
        "neither the error nor rented capacity is charged by the token",
        "select count(distinct request_id) from usage where not is_billable "
        "and source_dataset = 'google_vertex/request_logs'",
        2,
    ),
    Case(
        "the bill's total is cost plus credits, over all files of the newest delivery",
        f"select sum(billed_amount) from focus_lines where {BILL}",
        PAYABLE,
    ),
    Case("all of it is charged", billed("x_source_dataset = 'google_vertex/billing_export'"), PAYABLE),
    Case(
        "each credit is a line of its own",
        f"select sum(billed_amount) from focus_lines where {BILL} and charge_category = 'Credit'",
        -D("0.1") - D("0.5"),
    ),
    Case(
        "what Google labels requests are tokens, at 0.30 a million",
        "select quantity || ' ' || unit || ', ' || pricing_quantity * list_unit_price "
        f"from focus_lines where {BILL} and unit = 'Tokens'",
        "1232000.0000000000 Tokens, 0.369600000000000000",
    ),
    Case(
        "an adjustment of March on the invoice of April is a correction",
        f"select sum(billed_amount) from focus_lines where {BILL} "
        "and charge_class = 'Correction' and billing_period_start = '2026-04-01'",
        -D("0.05"),
    ),
    Case("rows that count", records(EXPORT, "accepted"), 5),
    Case("the first delivery is replaced", records(EXPORT, "superseded"), 1),
]
