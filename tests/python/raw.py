"""Small raw exports, written by hand in the vendors' shapes, for tests that build them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path


def gateway_call(request_id: str, **changes) -> dict:
    """A LiteLLM spend log row: gpt-4o, 1,000,000 tokens in, 100,000 out, no stated spend.

    List price 2.50 and 10.00 USD per million: 2.50 + 1.00 = 3.50 USD.
    """
    return {
        "request_id": request_id,
        "call_type": "acompletion",
        "api_key": "5e88489b",
        "spend": 0,
        "prompt_tokens": 1_000_000,
        "completion_tokens": 100_000,
        "total_tokens": 1_100_000,
        "startTime": "2026-06-10T08:00:00Z",
        "endTime": "2026-06-10T08:00:20Z",
        "model": "gpt-4o",
        "custom_llm_provider": "openai",
        "metadata": {},
        "cache_hit": "False",
        "request_tags": [],
        "status": "success",
    } | changes


def write_lines(path: Path, *records: dict | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (r if isinstance(r, str) else json.dumps(r) for r in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def spend_logs(landing: Path, *records: dict | str, name: str = "log.jsonl") -> Path:
    return write_lines(landing / "litellm" / "spend_logs" / name, *records)


def openai_page(day: str, *results: dict) -> dict:
    """A page with one daily bucket of the OpenAI usage or costs API."""
    start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    bucket = {"object": "bucket", "start_time": start, "end_time": start + 86400}
    return {
        "object": "page",
        "data": [bucket | {"results": list(results)}],
        "has_more": False,
        "next_page": None,
    }


def openai_usage(**changes) -> dict:
    """The same traffic as `gateway_call`, as OpenAI's usage API counts it."""
    return {
        "object": "organization.usage.completions.result",
        "input_tokens": 1_000_000,
        "input_uncached_tokens": 1_000_000,
        "input_cached_tokens": 0,
        "input_cache_write_tokens": 0,
        "output_tokens": 100_000,
        "num_model_requests": 1,
        "project_id": "proj_1",
        "user_id": None,
        "api_key_id": "key_1",
        "model": "gpt-4o",
        "batch": False,
        "service_tier": "default",
    } | changes


def openai_cost(line_item: str, value, quantity=None, **changes) -> dict:
    return {
        "object": "organization.costs.result",
        "amount": {"value": value, "currency": "usd"},
        "line_item": line_item,
        "project_id": "proj_1",
        "api_key_id": None,
        "quantity": quantity,
        "quantity_unit": "tokens" if quantity else None,
    } | changes


def write_page(landing: Path, dataset: str, page, name: str = "page.json") -> Path:
    path = landing / dataset / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page if isinstance(page, str) else json.dumps(page, indent=1), encoding="utf-8")
    return path


def anthropic_page(day: str, *results: dict) -> dict:
    """A page with one daily bucket of the Anthropic usage or cost report."""
    start = datetime.fromisoformat(day)
    end = datetime.fromordinal(start.toordinal() + 1)
    bucket = {
        "starting_at": f"{start:%Y-%m-%dT00:00:00Z}",
        "ending_at": f"{end:%Y-%m-%dT00:00:00Z}",
        "results": list(results),
    }
    return {"data": [bucket], "has_more": False, "next_page": None}


def anthropic_usage(**changes) -> dict:
    """1,000,000 uncached tokens in, 100,000 out, claude-sonnet-5 (2.00 and 10.00): 3.00 USD."""
    return {
        "uncached_input_tokens": 1_000_000,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 100_000,
        "server_tool_use": {"web_search_requests": 0},
        "model": "claude-sonnet-5",
        "workspace_id": None,
        "api_key_id": "apikey_1",
        "account_id": None,
        "service_account_id": None,
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
    } | changes


def anthropic_cost(cents: str, token_type: str, **changes) -> dict:
    return {
        "amount": cents,
        "currency": "USD",
        "cost_type": "tokens",
        "description": f"Claude Sonnet 5 Usage - {token_type}",
        "model": "claude-sonnet-5",
        "token_type": token_type,
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": None,
        "workspace_id": None,
    } | changes


def claude_message(message_id: str, **usage) -> dict:
    """The application's log of one Claude call, the same traffic as `anthropic_usage`."""
    return {
        "timestamp": "2026-06-10T08:00:00Z",
        "request_id": f"req-{message_id}",
        "headers": {},
        "metadata": {},
        "response": {
            "id": message_id,
            "type": "message",
            "model": "claude-sonnet-5",
            "stop_reason": "end_turn",
            "usage": {
                "input_tokens": 1_000_000,
                "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 0,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 0,
                    "ephemeral_1h_input_tokens": 0,
                },
                "output_tokens": 100_000,
                "service_tier": "standard",
            }
            | usage,
        },
    }
