"""Langfuse: grok-3 (3 USD input, 0.75 cache read, 15 output per million) and a double log."""

import json

from hand_worked import MILLION, Case, D, billed, priced, records


def call(id_: str, start: str, usage: dict, **fields) -> dict:
    return {
        "id": id_,
        "trace_id": f"trace-{id_}",
        "project_id": "prj-hw",
        "type": "GENERATION",
        "start_time": f"{start}.000000",
        "end_time": f"{start}.500000",
        "provided_model_name": "grok-3",
        "usage_details": usage,
        "updated_at": f"{start}.900000",
        **fields,
    }


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


FIRST = [
    call(
        "hw-lf-split",
        "2026-03-02 10:00:00",
        {"input": 1000, "input_cached_tokens": 9000, "output": 60, "output_reasoning_tokens": 40,
         "total": 10100},
    ),
    call(
        "hw-lf-inside",
        "2026-03-02 10:01:00",
        {"input": 1000, "input_cached_tokens": 900, "output": 100, "total": 1100},
    ),
    call("hw-lf-early", "2026-03-02 10:02:00", {}),
    call("hw-lf-agent", "2026-03-02 10:03:00", {"input": 500, "output": 50}, type="AGENT",
         trace_id="trace-agent"),
    call("hw-lf-inner", "2026-03-02 10:03:00", {"input": 500, "output": 50},
         parent_observation_id="hw-lf-agent", trace_id="trace-agent"),
]  # fmt: skip
# The same day again: the early call is finished, one line is cut.
SECOND = [
    FIRST[0],
    {**FIRST[2], "usage_details": {"input": 200, "output": 20},
     "updated_at": "2026-03-02 10:05:00.000000"},
]  # fmt: skip


def gateway(id_: str, start: str, spend: str) -> dict:
    return {"request_id": id_, "spend": float(spend), "startTime": f"{start}Z",
            "endTime": f"{start}Z", "model": "cerebras/llama-3.3-70b",
            "custom_llm_provider": "cerebras", "prompt_tokens": 1000, "completion_tokens": 100,
            "status": "success"}  # fmt: skip


def traced(id_: str, start: str, cost: str) -> dict:
    return call(id_, start.replace("T", " "), {"input": 1000, "output": 100, "total": 1100},
                provided_model_name="cerebras/llama-3.3-70b", total_cost=float(cost))  # fmt: skip


# Two calls in March that both logs saw, with other ids and other estimates. In April the gateway
# kept only the first of two.
GATEWAY_CALLS = [
    gateway("hw-double-1", "2026-03-05T10:00:00", "0.0011"),
    gateway("hw-double-2", "2026-03-05T11:00:00", "0.0011"),
    gateway("hw-double-3", "2026-04-05T10:00:00", "0.0011"),
]
TRACED_CALLS = [
    traced("hw-lf-d1", "2026-03-05T10:00:00", "0.0012"),
    traced("hw-lf-d2", "2026-03-05T11:00:00", "0.0012"),
    traced("hw-lf-d3", "2026-04-05T10:00:00", "0.0012"),
    traced("hw-lf-d4", "2026-04-06T10:00:00", "0.0012"),
]
FOLDER = "langfuse/observations"
FILES = {
    f"{FOLDER}/hw_observations_v2_2026-03-03.jsonl": lines(FIRST + TRACED_CALLS),
    f"{FOLDER}/hw_observations_v2_2026-03-04.jsonl": lines(SECOND) + '{"id": "hw-lf-cut", "pro\n',
    "litellm/spend_logs/hw_double_2026-04-30.jsonl": lines(GATEWAY_CALLS),
}
OURS = "source_dataset = 'langfuse/observations'"
CASES = [
    Case(
        "buckets that Langfuse has split are disjoint, reasoning is output",
        priced(f"{OURS} and request_id = 'hw-lf-split'"),
        (1000 * D(3) + 9000 * D("0.75") + (60 + 40) * D(15)) / MILLION,
    ),
    Case(
        "input and output that make the total hold their parts",
        priced(f"{OURS} and request_id = 'hw-lf-inside'"),
        ((1000 - 900) * D(3) + 900 * D("0.75") + 100 * D(15)) / MILLION,
    ),
    Case(
        "the later state of a call counts",
        priced(f"{OURS} and request_id = 'hw-lf-early'"),
        (200 * D(3) + 20 * D(15)) / MILLION,
    ),
    Case(
        "an agent that repeats its call adds nothing",
        priced(f"{OURS} and session_id = 'trace-agent'"),
        (500 * D(3) + 50 * D(15)) / MILLION,
    ),
    Case(
        "calls in the gateway's log and in Langfuse are charged once, by the gateway's log",
        billed("service = 'cerebras_api' and billing_period_start = '2026-03-01'"),
        2 * D("0.0011"),
    ),
    Case(
        "the day that both logs saw is the gateway's, the next one Langfuse's, which alone saw it",
        billed("service = 'cerebras_api' and billing_period_start = '2026-04-01'"),
        D("0.0011") + D("0.0012"),
    ),
    Case(
        "the log that is not charged says why",
        "select reason from billing_sources where service = 'cerebras_api' "
        "and charge_month = '2026-03-01' and source_dataset = 'langfuse/observations'",
        "the same calls as in litellm/spend_logs: keys only",
    ),
    # 5 + 4 + 2 lines and a cut one: split and early are replaced, the agent is no call.
    Case("accepted", records(FOLDER, "accepted"), 4 + 4),
    Case("superseded", records(FOLDER, "superseded"), 1 + 1),
    Case("duplicate", records(FOLDER, "duplicate"), 1),
    Case("quarantined", records(FOLDER, "quarantined"), 1),
]
