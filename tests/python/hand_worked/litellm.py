"""LiteLLM: claude-haiku-4-5 through the gateway; cached tokens are inside the prompt."""

import json

from hand_worked import MILLION, Case, D, priced


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
FILES = {
    "litellm/spend_logs/calls_2026-05-31.jsonl": "".join(json.dumps(c) + "\n" for c in CALLS),
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
]
