"""OpenTelemetry traces: agents and frameworks tell a call again; cached tokens are inside input."""

import json

from hand_worked import MILLION, Case, D, priced, records

TRACE = "5b8efff798038103d269b633813fc60c"


def attributes(values: dict) -> list[dict]:
    """As OTLP writes them: integers are strings."""
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    return [
        {"key": key, "value": {kinds[type(value)]: str(value)}} for key, value in values.items()
    ]


def span(number: int, parent: int | None, name: str, trace: str = TRACE, **values) -> dict:
    start = 1_775_000_000_113_000_000 + number * 1_000_000_000  # 2026-03-31T23:33:20.113Z
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 400_000_000),
        "attributes": attributes({key.replace("__", "."): v for key, v in values.items()}),
        "status": {},
    }


def export(*spans: dict, **resource) -> str:
    request = {
        "resource": {
            "attributes": attributes({k.replace("__", "."): v for k, v in resource.items()})
        },
        "scopeSpans": [{"scope": {"name": "example", "version": "1.4.0"}, "spans": list(spans)}],
    }
    return json.dumps({"resourceSpans": [request]}) + "\n"


AGENT = span(
    1,
    None,
    "invoke_agent triage",
    gen_ai__operation__name="invoke_agent",
    gen_ai__usage__input_tokens=21_500,
    gen_ai__usage__output_tokens=740,
)
# Around the call of the SDK a framework draws a span of its own.
FRAMEWORK = span(
    2,
    1,
    "chat",
    gen_ai__operation__name="chat",
    gen_ai__system="openai",
    gen_ai__usage__prompt_tokens=20_500,
    gen_ai__usage__completion_tokens=640,
)
CHAT = span(
    3,
    2,
    "chat gpt-5.4",
    gen_ai__operation__name="chat",
    gen_ai__provider__name="openai",
    gen_ai__response__model="gpt-5.4-2026-03-05",
    gen_ai__response__id="otel_resp_01",
    gen_ai__usage__input_tokens=20_500,
    gen_ai__usage__cache_read__input_tokens=18_048,
    gen_ai__usage__output_tokens=640,
    gen_ai__usage__reasoning__output_tokens=256,
    openai__response__service_tier="default",
)
EMBEDDING = span(4, 1, "SELECT", db__system="postgresql")
# An instrumentation that copies Anthropic's usage leaves the cache out of the input.
OUTSIDE = span(
    5,
    1,
    "chat claude-haiku-4-5",
    gen_ai__operation__name="chat",
    gen_ai__provider__name="anthropic",
    gen_ai__response__model="claude-haiku-4-5",
    gen_ai__response__id="otel_resp_02",
    gen_ai__usage__input_tokens=1_000,
    gen_ai__usage__cache_read__input_tokens=6_000,
    gen_ai__usage__cache_creation__input_tokens=2_000,
    gen_ai__usage__output_tokens=100,
)
# Streamed without usage: unknown, and not zero.
UNKNOWN = span(6, None, "chat", gen_ai__operation__name="chat", gen_ai__system="openai")
LONG = span(
    7,
    None,
    "ChatOpenAI",
    openinference__span__kind="LLM",
    llm__provider="openai",
    llm__model_name="gpt-5.4",
    session__id="otel_long",
    llm__token_count__prompt=300_000,
    llm__token_count__prompt_details__cache_read=100_000,
    llm__token_count__completion=1_000,
)
FIRST = export(AGENT, EMBEDDING, FRAMEWORK, CHAT, service__name="triage-bot")
FILES = {
    "opentelemetry/traces/traces_2026-04-01.jsonl": FIRST
    + export(OUTSIDE, UNKNOWN, service__name="triage-bot")
    + json.dumps({"resourceMetrics": []})
    + '\n{"resourceSpans": [',
    # The collector retried, and went on.
    "opentelemetry/traces/traces_2026-04-02.jsonl": FIRST + export(LONG),
}
TRACES = "source_dataset = 'opentelemetry/traces'"
# gpt-5.4: 2.50, cached 0.25, output 15; above 272,000 input tokens 5, 0.50, 22.50.
# claude-haiku-4-5: 1, cache read 0.10, write 1.25, output 5.
CASES = [
    Case(
        "the call counts once: cached inside input, reasoning inside output",
        priced(f"{TRACES} and request_id = 'otel_resp_01'"),
        ((20_500 - 18_048) * D("2.5") + 18_048 * D("0.25") + 640 * D(15)) / MILLION,
    ),
    Case(
        "more cached than put in: the cache is outside the input",
        priced(f"{TRACES} and request_id = 'otel_resp_02'"),
        (1_000 * D(1) + 6_000 * D("0.10") + 2_000 * D("1.25") + 100 * D(5)) / MILLION,
    ),
    Case(
        "OpenInference names, long context",
        priced(f"{TRACES} and session_id = 'otel_long'"),
        (200_000 * D(5) + 100_000 * D("0.5") + 1_000 * D("22.5")) / MILLION,
    ),
    Case("three calls", records("opentelemetry/traces", "accepted"), 3),
    # The agent and the framework's span, and all three spans of the first line once more.
    Case("told again", records("opentelemetry/traces", "duplicate"), 5),
    # The call without counts, the metrics and the cut line.
    Case("not readable", records("opentelemetry/traces", "quarantined"), 3),
]
