"""OpenRouter: the charge is what it states; three exports restate each other."""

import json

from hand_worked import Case, D, billed, records

HEADER = (
    "generation_id,created_at,cost_total,cost_web_search,byok_usage_inference,tokens_prompt,"
    "tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant"
)
MARCH = [
    "hw-gen-1,2026-03-05 09:00:00.413,0.0034836,0.001,0,5120,410,300,4096,x/y-1,Azure,standard",
    "hw-gen-2,2026-03-05 09:01:00.000,8.596e-05,0,0,100,5,0,0,x/y-1,Azure,standard",
    # The customer's own key: 0.0005 is the fee, the provider bills 0.01.
    "hw-gen-3,2026-03-05 09:02:00.000,0.0005,0,0.01,2000,100,0,0,x/y-1,OpenAI,standard",
    "hw-gen-4,2026-03-05 09:03:00.000,0,0,0,9000,900,0,0,x/y-1:free,Chutes,free",
    "hw-gen-5,2026-03-05 09:04:00.000,,0,0,9000,900,0,0,x/y-1,Azure,standard",
]
# Exported again: one charge was corrected.
AGAIN = [MARCH[0], MARCH[1].replace("8.596e-05", "9e-05")]


def day(date: str, usage: str, tokens: int, **fields) -> dict:
    return {"date": date, "model": "x/y", "model_permaslug": "x/y-1", "endpoint_id": "e-1",
            "provider_name": "Azure", "usage": float(usage), "byok_usage_inference": 0,
            "requests": 2, "prompt_tokens": tokens, "completion_tokens": 10,
            "reasoning_tokens": 0, **fields}  # fmt: skip


def page(*items: dict) -> str:
    return json.dumps({"data": list(items)})


# March once more, by day, with fewer tokens than the log; April only here, one day told twice.
GENERATION = {"data": {
    "id": "hw-gen-1", "created_at": "2026-03-05T09:00:00.413Z", "model": "x/y-1",
    "provider_name": "Azure", "total_cost": 0.0034836, "upstream_inference_cost": 0.0034836,
    "is_byok": False, "native_tokens_prompt": 5000, "native_tokens_completion": 400,
    "native_tokens_cached": 4096,
}}  # fmt: skip
FILES = {
    "openrouter/activity_csv/hw_2026-04-01.csv": "\n".join([HEADER, *MARCH]) + "\n",
    "openrouter/activity_csv/hw_2026-04-02.csv": "\n".join([HEADER, *AGAIN]) + "\n",
    "openrouter/generations/hw_2026-03-06.jsonl": json.dumps(GENERATION) + "\n",
    "openrouter/activity/hw_2026-04-10.json": page(
        day("2026-03-05", "0.004", 5220), day("2026-04-08", "0.2", 700)
    ),
    "openrouter/activity/hw_2026-04-11.json": page(
        day("2026-04-08", "0.25", 900), day("2026-04-09", "0.1", 100)
    ),
}
OURS = "service = 'openrouter_api' and billing_period_start = "
CASES = [
    Case(
        "the log carries March, with its correction, its scientific notation and the fee alone",
        billed(f"{OURS} '2026-03-01'"),
        D("0.0034836") + D("0.00009") + D("0.0005"),
    ),
    Case(
        "the newest file tells a day of April",
        billed(f"{OURS} '2026-04-01'"),
        D("0.25") + D("0.1"),
    ),
    Case(
        "a charge that the seller states by call is reported, not estimated",
        f"select distinct x_cost_basis from charge where {OURS} '2026-03-01'",
        "Reported",
    ),
    Case(
        "cached tokens are inside the prompt: 5,120 - 4,096, and 100",
        "select sum(quantity) from usage where source_dataset = 'openrouter/activity_csv' "
        "and meter = 'input_tokens' and is_billable",
        D(5120 - 4096 + 100),
    ),
    Case(
        "OpenRouter sells and invoices what Azure hosts",
        "select distinct invoice_issuer_name || '/' || host_provider_name from charge "
        f"where {OURS} '2026-04-01'",
        "OpenRouter/Azure",
    ),
    Case("accepted in the log", records("openrouter/activity_csv", "accepted"), 4),
    Case("duplicate in the log", records("openrouter/activity_csv", "duplicate"), 1),
    Case("superseded in the log", records("openrouter/activity_csv", "superseded"), 1),
    Case("quarantined in the log", records("openrouter/activity_csv", "quarantined"), 1),
    Case("accepted generations", records("openrouter/generations", "accepted"), 1),
    Case("accepted days", records("openrouter/activity", "accepted"), 3),
    Case("superseded days", records("openrouter/activity", "superseded"), 1),
]
