"""LiteLLM: claude-haiku-4-5 through the gateway; cached tokens are inside the prompt."""

import json
import tempfile
from pathlib import Path

import duckdb

from hand_worked import MILLION, Case, D, billed, priced, records


def call(request_id: str, **fields) -> dict:
    return {
        "request_id": request_id,
        "spend": 0,
        "startTime": "2026-05-04T10:00:00Z",
        "endTime": "2026-05-04T10:00:02Z",
        "model": "claude-haiku-4-5",
        "custom_llm_provider": "anthropic",
        "status": "success",
        **fields,
    }


CALLS = [
    call("plain", prompt_tokens=1000, completion_tokens=100),
    call(
        "cached",
        prompt_tokens=1000,
        completion_tokens=100,
        metadata={"usage_object": {"cache_read_input_tokens": 900}},
    ),
]


def focus(*rows: tuple[str, str]) -> bytes:
    """A Parquet file as LiteLLM's FOCUS export writes it: model and cost of 20 March 2026."""
    values = ", ".join(f"('{model}', {cost}::decimal(18, 6))" for model, cost in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "focus.parquet"
        duckdb.sql(f"""
            copy (
                select
                    cost as "BilledCost", '5e88' as "BillingAccountId", 'USD' as "BillingCurrency",
                    timestamp '2026-03-20' as "ChargePeriodStart",
                    timestamp '2026-03-21' as "ChargePeriodEnd",
                    model as "ChargeDescription", 1.0 as "ConsumedQuantity",
                    'fireworks_ai' as "ProviderName", 'team-x' as "SubAccountId",
                    '{{"user_id": "hw"}}' as "Tags"
                from (values {values}) as rows (model, cost)
            ) to '{path}' (format parquet)
        """)
        return path.read_bytes()


DAY = {
    "user_id": "hw", "date": "2026-03-20", "api_key": "5e88", "custom_llm_provider": "together_ai",
    "model": "together_ai/MiniMaxAI/MiniMax-M3", "endpoint": "/chat/completions",
    "prompt_tokens": 5000, "completion_tokens": 100, "cache_read_input_tokens": 4000,
    "cache_creation_input_tokens": 0, "spend": 0, "api_requests": 3, "successful_requests": 3,
}  # fmt: skip
FILES = {
    "litellm/spend_logs/calls_2026-05-31.jsonl": "".join(json.dumps(c) + "\n" for c in CALLS),
    "litellm/focus/hw_09_2026-03-20.parquet": focus(("a", "1.204310"), ("b", "0.500000")),
    "litellm/focus/hw_10_2026-03-21.parquet": focus(("a", "1.977042")),
    "litellm/daily_activity/hw_2026-03-20.jsonl": json.dumps({**DAY, "completion_tokens": 50}),
    "litellm/daily_activity/hw_2026-03-21.jsonl": json.dumps(DAY),
}
# Input 1 USD, output 5, cache read 0.10 per million tokens.
CASES = [
    Case(
        "plain call",
        priced("request_id = 'plain'"),
        (1000 * D(1) + 100 * D(5)) / MILLION,
    ),
    Case(
        "cached tokens are inside the prompt",
        priced("request_id = 'cached'"),
        (100 * D(1) + 900 * D("0.10") + 100 * D(5)) / MILLION,
    ),
    Case(
        "a row of the FOCUS export is restated with its new total, the other stays",
        billed("service = 'fireworks_ai_api' and billing_period_start = '2026-03-01'"),
        D("1.977042") + D("0.5"),
    ),
    Case("superseded in the FOCUS export", records("litellm/focus", "superseded"), 1),
    # MiniMax-M3: input 0.30 USD, cache read 0.06, output 1.20 per million tokens.
    Case(
        "a day without a known price is left to the price book, as last told",
        billed("service = 'together_ai_api' and billing_period_start = '2026-03-01'"),
        (1000 * D("0.30") + 4000 * D("0.06") + 100 * D("1.20")) / MILLION,
    ),
    Case("superseded in the daily table", records("litellm/daily_activity", "superseded"), 1),
]
