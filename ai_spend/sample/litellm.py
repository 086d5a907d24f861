"""LiteLLM's own daily totals: the FOCUS export and the daily table of some days of September."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import duckdb

from ai_spend.sample import SEED, Books, D, add, gateway_calls, to_json

ABOUT = """
LiteLLM's own totals of the first week of September, made from the calls in its log: its FOCUS
export (one Parquet file, and a CSV of the hour after, in which the rows of the last day have
grown) and its daily table. They are the log's money a second time, so they add nothing.
"""
FOCUS, DAILY = "litellm/focus", "litellm/daily_activity"
WEEK = [f"2026-09-{day:02d}" for day in range(1, 8)]
COLUMNS = {
    "BilledCost": "decimal(18, 6)", "EffectiveCost": "decimal(18, 6)",
    "BillingAccountId": "varchar", "BillingAccountType": "varchar", "BillingCurrency": "varchar",
    "BillingPeriodStart": "timestamp", "BillingPeriodEnd": "timestamp",
    "ChargePeriodStart": "timestamp", "ChargePeriodEnd": "timestamp",
    "ChargeCategory": "varchar", "ChargeDescription": "varchar",
    "ConsumedQuantity": "decimal(18, 1)", "ConsumedUnit": "varchar", "ProviderName": "varchar",
    "ServiceName": "varchar", "SubAccountId": "varchar", "SubAccountName": "varchar",
    "Tags": "varchar",
}  # fmt: skip


def totals() -> dict[tuple, list]:
    """Calls of the week by day, key owner, key and model."""
    found = defaultdict(list)
    for call in gateway_calls(random.Random(f"{SEED}/gateway")):
        if f"{call.start:%Y-%m-%d}" in WEEK:
            key = (f"{call.start:%Y-%m-%d}", call.user or "", call.team.alias, call.model)
            found[key].append(call)
    return dict(sorted(found.items()))


def focus_row(key: tuple, calls: list) -> dict:
    day, user, _, model = key
    team, provider = calls[0].team, calls[0].provider
    cost = sum((c.spend for c in calls), D(0)).quantize(D("0.000001"))
    until = f"{calls[0].start.date() + timedelta(days=1)}"
    return {
        "BilledCost": cost, "EffectiveCost": cost, "BillingAccountId": team.key_hash,
        "BillingAccountType": "API Key", "BillingCurrency": "USD",
        "BillingPeriodStart": f"{day} 00:00:00", "BillingPeriodEnd": f"{until} 00:00:00",
        "ChargePeriodStart": f"{day} 00:00:00", "ChargePeriodEnd": f"{until} 00:00:00",
        "ChargeCategory": "Usage", "ChargeDescription": f"{provider}/{model}",
        "ConsumedQuantity": D("1.0"), "ConsumedUnit": "Requests", "ProviderName": provider,
        "ServiceName": model, "SubAccountId": team.team_id, "SubAccountName": team.team_alias,
        "Tags": to_json({"team_id": team.team_id, "user_id": user, "api_key_alias": team.alias}),
    }  # fmt: skip


def parquet(rows: list[dict]) -> bytes:
    """The rows as LiteLLM's export writes them. One thread, so that the bytes are the same."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "focus.parquet"
        connection.execute("set threads = 1")
        connection.execute(
            "create table focus ("
            + ", ".join(f'"{name}" {sql_type}' for name, sql_type in COLUMNS.items())
            + ")"
        )
        marks = ", ".join("?" * len(COLUMNS))
        connection.executemany(
            f"insert into focus values ({marks})", [[row[c] for c in COLUMNS] for row in rows]
        )
        connection.execute(f"copy focus to '{path}' (format parquet, compression zstd)")
        return path.read_bytes()


def csv_text(rows: list[dict]) -> str:
    def cell(value) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if '"' in text else text

    lines = [",".join(COLUMNS)] + [",".join(cell(row[c]) for c in COLUMNS) for row in rows]
    return "\n".join(lines) + "\n"


def write_focus(books: Books, days: dict[tuple, list]) -> None:
    """The last day of the first file is half told: the second has its rows with new totals."""
    entry = books.dataset(FOCUS)
    rows = {key: focus_row(key, calls) for key, calls in days.items()}
    last = [key for key in rows if key[0] == WEEK[-1]]
    half = {key: rows[key] | {"BilledCost": D("0.000001")} for key in last}
    first = f"{FOCUS}/hour_22__exported_2026-09-07.parquet"
    second = f"{FOCUS}/hour_00__exported_2026-09-08.csv"
    books.files[first] = parquet(list((rows | half).values()))
    books.put(second, csv_text([rows[key] for key in last]))
    books.plant(first, f"the {len(last)} rows of {WEEK[-1]}", "told again, grown, by the next file")
    entry["records"] += len(rows) + len(last)
    entry["accepted"] += len(rows)
    entry["superseded"] += len(last)
    for row in rows.values():
        add(entry["money"], "USD", row["BilledCost"])


def write_daily(books: Books, days: dict[tuple, list]) -> None:
    entry = books.dataset(DAILY)
    lines = []
    for number, ((day, user, _, model), calls) in enumerate(days.items(), start=1):
        used = [c.tokens for c in calls]
        done = sum(c.status == "success" for c in calls)
        spend = sum((c.spend for c in calls), D(0))
        read, written = sum(t.cache_read for t in used), sum(t.written for t in used)
        prompt, out = sum(t.prompt for t in used), sum(t.output for t in used)
        lines.append(to_json({
            "id": f"{number:08d}", "user_id": user, "date": day, "api_key": calls[0].team.key_hash,
            "model": f"{calls[0].provider}/{model}", "model_group": model,
            "custom_llm_provider": calls[0].provider, "mcp_namespaced_tool_name": "",
            "endpoint": "/chat/completions", "prompt_tokens": prompt, "completion_tokens": out,
            "cache_read_input_tokens": read, "cache_creation_input_tokens": written,
            "spend": spend, "api_requests": len(calls), "successful_requests": done,
            "failed_requests": len(calls) - done, "created_at": f"{day}T00:10:00Z",
            "updated_at": f"{day}T23:50:00Z",
        }))  # fmt: skip
        entry["accepted"] += 1
        add(entry["money"], "USD", spend)
        if not (done or spend):
            entry["not_billable"] += 1
            continue
        for meter, n in (("input_tokens", prompt - read - written), ("cache_read_tokens", read),
                         ("cache_write_5m_tokens", written), ("output_tokens", out)):  # fmt: skip
            if n:
                add(entry["tokens"], meter, n)
    path = f"{DAILY}/daily_user_spend__exported_2026-09-08.jsonl.gz"
    lines.append(lines[-1])
    books.plant(path, f"line {len(lines)}", "exact duplicate of the line before")
    entry["duplicates"] += 1
    entry["records"] += len(lines)
    books.put(path, "\n".join(lines) + "\n")


def write(books: Books, rng: random.Random) -> None:
    days = totals()
    write_focus(books, days)
    write_daily(books, days)
