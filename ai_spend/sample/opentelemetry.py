"""Traces of field service's robot diagnosis at DeepSeek, and of a tool beside the gateway.

DeepSeek sends no bill and no other source sees these calls, so the traces carry their money,
estimated from the price book. The calls to OpenAI stand in OpenAI's own report too: keys only.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from ai_spend.sample import CANARY, EXPORTED, MILLION, MONTHS, Books, add, people, to_json

ABOUT = """OpenTelemetry: field service's robot diagnosis calls DeepSeek itself, and only its traces
  tell. An agent's span sums up the calls below it, the framework draws a span around one call in
  four, the collector sends one request a month twice, one answer a month was streamed without
  counts (unknown use, not zero) and one failed. Web server and database spans are no records. The
  resource names the cost centre. A few calls to OpenAI are in OpenAI's usage report as well."""

NAME = "opentelemetry/traces"
MODEL = "deepseek-chat"
PRICES = {"input_tokens": D("0.135"), "cache_read_tokens": D("0.035"), "output_tokens": D("0.55")}
STAFF = [p for p in people() if p.department == "field-service"]


def attributes(values: dict) -> list[dict]:
    """As OTLP writes them: whole numbers are strings."""
    return [
        {"key": key, "value": {"intValue" if isinstance(v, int) else "stringValue": str(v)}}
        for key, v in values.items()
    ]


class Trace:
    """Spans of one conversation, a second apart."""

    def __init__(self, rng: random.Random, at: datetime):
        self.rng, self.at, self.spans = rng, at, []
        self.trace_id = f"{rng.getrandbits(128):032x}"

    def add(self, name: str, parent: dict | None, values: dict, failed: bool = False) -> dict:
        start = self.at + timedelta(seconds=len(self.spans))
        nanoseconds = int(start.timestamp()) * 10**9 + self.rng.randint(0, 999_999_999)
        span = {
            "traceId": self.trace_id,
            "spanId": f"{self.rng.getrandbits(64):016x}",
            "parentSpanId": parent["spanId"] if parent else "",
            "name": name,
            "kind": 3 if "gen_ai.request.model" in values else 1,
            "startTimeUnixNano": str(nanoseconds),
            "endTimeUnixNano": str(nanoseconds + 640_000_000),
            "attributes": attributes(values),
            "status": {"code": 2} if failed else {},
        }
        self.spans.append(span)
        return span


def request(spans: list[dict], service: str) -> str:
    resource = {
        "service.name": service,
        "deployment.environment.name": "production",
        "cost.center": "CC-230" if service == "robot-diagnosis" else "CC-100",
    }
    scope = {"scope": {"name": "opentelemetry.instrumentation.openai_v2"}, "spans": spans}
    group = {"resource": {"attributes": attributes(resource)}, "scopeSpans": [scope]}
    return to_json({"resourceSpans": [group]})


def chat(provider: str, model: str, response: str, fresh: int, read: int, out: int) -> dict:
    """Attributes of a call; the input holds what was read from the cache."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.response.id": response,
        "gen_ai.usage.input_tokens": fresh + read,
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.output_tokens": out,
    }


def conversation(books: Books, rng: random.Random, day: date) -> list[dict]:
    """An agent with one to three calls; books the calls, and the spans that repeat them."""
    entry = books.dataset(NAME)
    trace = Trace(rng, datetime(day.year, day.month, day.day, rng.randint(7, 16), tzinfo=UTC))
    root = trace.add("POST /diagnose", None, {"http.request.method": "POST"})
    agent = trace.add("invoke_agent diagnosis", root, {})
    trace.add("SELECT robots", agent, {"db.system.name": "postgresql"})
    total_in = total_out = 0
    person = rng.choice(STAFF)
    for _ in range(rng.randint(1, 3)):
        fresh, read = rng.randint(800, 24_000), rng.choice([0, 2_048, 8_192])
        out = rng.randint(80, 1_900)
        values = chat("deepseek", MODEL, f"ds-{rng.getrandbits(48):012x}", fresh, read, out)
        holder = agent
        if rng.random() < 0.25:
            old = {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "deepseek",
                "gen_ai.usage.prompt_tokens": fresh + read,
                "gen_ai.usage.completion_tokens": out,
            }
            holder = trace.add("ChatModel", agent, old)
            entry["records"] += 1
            entry["duplicates"] += 1
        trace.add(f"chat {MODEL}", holder, values | {"enduser.id": person.email})
        total_in, total_out = total_in + fresh + read, total_out + out
        entry["records"] += 1
        entry["accepted"] += 1
        used = {"input_tokens": fresh, "cache_read_tokens": read, "output_tokens": out}
        for meter, n in used.items():
            if n:
                add(entry["tokens"], meter, n)
        amount = sum((D(n) / MILLION * PRICES[meter] for meter, n in used.items()), D(0))
        books.use("deepseek_api", day, NAME, "Estimated", amount)
    agent["attributes"] = attributes(
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "Diagnosis",
            "gen_ai.usage.input_tokens": total_in,
            "gen_ai.usage.output_tokens": total_out,
        }
    )
    entry["records"] += 1
    entry["duplicates"] += 1
    return trace.spans


def beside(books: Books, rng: random.Random, day: date) -> list[dict]:
    """A call to OpenAI beside the gateway: its tokens are in OpenAI's report."""
    entry = books.dataset(NAME)
    trace = Trace(rng, datetime(day.year, day.month, day.day, 18, tzinfo=UTC))
    fresh, out = rng.randint(400, 900), rng.randint(20, 90)
    trace.add(
        "chat gpt-5.4",
        None,
        chat("openai", "gpt-5.4", f"resp-{rng.getrandbits(48):012x}", fresh, 0, out),
    )
    entry["records"] += 1
    entry["accepted"] += 1
    add(entry["tokens"], "input_tokens", fresh)
    add(entry["tokens"], "output_tokens", out)
    return trace.spans


def write(books: Books, rng: random.Random) -> None:
    entry = books.dataset(NAME)
    for month in MONTHS[1:]:
        first = date.fromisoformat(f"{month}-01")
        path = f"{NAME}/traces_{month}__exported_{EXPORTED[month]}.jsonl"
        path += "" if month == "2026-06" else ".gz"
        lines = []
        for number in range(9):
            day = first + timedelta(days=3 * number + 1)
            before = dict(entry)
            spans = conversation(books, rng, day)
            if (month, number) == ("2026-07", 4):
                asked = json.dumps([{"role": "user", "content": f"{CANARY} robot 17 stands still"}])
                spans[-1]["attributes"] += attributes({"gen_ai.input.messages": asked})
                books.plant(path, f"line {len(lines) + 1}", "prompt text that no table may hold")
            lines.append(request(spans, "robot-diagnosis"))
            if number == 5:
                lines.append(lines[-1])
                again = entry["records"] - before["records"]
                entry["records"] += again
                entry["duplicates"] += again
                books.plant(path, f"line {len(lines)}", "the collector sent the request again")
        for number in (3, 17):
            day = first + timedelta(days=number)
            lines.append(request(beside(books, rng, day), "release-notes"))
        trace = Trace(rng, datetime.combine(first + timedelta(days=20), datetime.min.time(), UTC))
        call = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "deepseek"}
        trace.add(f"chat {MODEL}", None, call | {"gen_ai.request.model": MODEL})
        trace.add(
            f"chat {MODEL}",
            None,
            call | {"gen_ai.request.model": MODEL, "error.type": "timeout"},
            failed=True,
        )
        lines.append(request(trace.spans, "robot-diagnosis"))
        books.plant(path, f"line {len(lines)}", "streamed without counts; failed without counts")
        entry["records"] += 2
        entry["accepted"] += 1
        entry["not_billable"] += 1
        add(entry["quarantined"], "no token counts: what this call used is unknown", 1)
        if month == "2026-08":
            lines.append(to_json({"resourceMetrics": [{"scopeMetrics": []}]}))
            books.plant(path, f"line {len(lines)}", "metrics among the traces")
            add(entry["quarantined"], "metrics and not spans", 1)
            lines.append(lines[0][:400])
            books.plant(path, f"line {len(lines)}", "line cut in the middle")
            add(entry["quarantined"], "malformed JSON", 1)
            entry["records"] += 2
        books.put(path, "\n".join(lines) + "\n")
