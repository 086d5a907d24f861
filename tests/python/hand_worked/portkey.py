"""Portkey: command-a (2.50 USD input, 10 output per million tokens); costs are in cents."""

import json

from hand_worked import MILLION, Case, D, billed, records


def log(id_: str, **fields) -> dict:
    return {
        "id": id_,
        "trace_id": "hw-trace",
        "created_at": "2026-03-12T08:00:00Z",
        "ai_org": "cohere",
        "ai_model": "command-a",
        "req_units": 2000,
        "res_units": 100,
        "cost": 0,
        "cost_currency": "USD",
        "response_status_code": 200,
        "metadata": {"_user": "hw", "feature": "triage"},
        **fields,
    }


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


FIRST = [
    log("hw-p-stated", cost=0.55),
    log("hw-p-unknown-price"),
    log("hw-p-cached", cache_status="SEMANTIC HIT"),
    log("hw-p-failed", response_status_code=500),
    log("hw-p-changed", cost=1),
]
# The next job overlaps: one log again, one with another cost, one broken.
SECOND = [FIRST[0], log("hw-p-changed", cost=2), log("hw-p-broken", cost="a lot")]
FOLDER = "portkey/logs"
FILES = {
    f"{FOLDER}/hw_2026-03-13.jsonl": lines(FIRST),
    f"{FOLDER}/hw_2026-03-14.jsonl": lines(SECOND),
}
CASES = [
    Case(
        "cents, and the price book where 0 means an unknown price",
        billed("service = 'cohere_api' and billing_period_start = '2026-03-01'"),
        D("0.55") * D("0.01")
        + 2 * D("0.01")
        + (2000 * D("2.50") + 100 * D(10)) / MILLION,
    ),
    Case(
        "a cached answer and a failure have tokens and no cost",
        "select sum(quantity) from usage "
        "where source_dataset = 'portkey/logs' and not is_billable",
        D(2 * (2000 + 100)),
    ),
    Case("accepted", records(FOLDER, "accepted"), 5),
    Case("duplicate", records(FOLDER, "duplicate"), 1),
    Case("superseded", records(FOLDER, "superseded"), 1),
    Case("quarantined", records(FOLDER, "quarantined"), 1),
]  # fmt: skip
