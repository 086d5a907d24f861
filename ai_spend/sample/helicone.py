"""Helicone: the sales assistant's calls of Moonshot's model, from the API and the warehouse."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, time, timedelta

from ai_spend.sample import (
    CANARY,
    EXPORTED,
    MILLION,
    MONTHS,
    Books,
    D,
    add,
    csv_lines,
    month_days,
    people,
    to_json,
    token_id,
)

ABOUT = """
Helicone: a sales assistant calls kimi-k2-thinking at Moonshot AI through it, and nothing else
sees that. May to July are answers of the API (pages, costs in dollars), August and September
dumps of the warehouse (CSV, costs in 10^-9 dollars, some requests twice before they are merged).
Every tenth answer comes from Helicone's own cache and costs nothing; a request without a known
price is priced from the price book; property names are written in any case.
"""
FOLDER = "helicone/requests"
PRICE = {"input": D("0.6"), "cache_read": D("0.15"), "output": D("2.5")}  # per million tokens
NO_HIT = "00000000-0000-0000-0000-000000000000"
COLUMNS = [
    "response_id", "response_created_at", "latency", "status", "completion_tokens",
    "cache_reference_id", "prompt_tokens", "prompt_cache_write_tokens", "prompt_cache_read_tokens",
    "model", "request_id", "request_created_at", "user_id", "provider", "properties", "cost",
]  # fmt: skip


def uuid(rng: random.Random) -> str:
    digits = "".join(rng.choices("0123456789abcdef", k=32))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def request(rng: random.Random, start: datetime, seller) -> dict:
    fresh, read, out = rng.randint(400, 9_000), rng.choice([0, 2048, 4096]), rng.randint(50, 1200)
    dice = rng.random()
    cost = (fresh * PRICE["input"] + read * PRICE["cache_read"] + out * PRICE["output"]) / MILLION
    return {
        "id": uuid(rng),
        "start": start,
        "tokens": (fresh, read, out),
        "worth": cost.quantize(D("0.000000001")),
        "exact": cost,
        "hit": dice < 0.1,
        "failed": 0.1 <= dice < 0.14,
        "priced": dice >= 0.2,
        "origin": uuid(rng),
        "user": seller.email if dice < 0.6 else seller.gateway_user,
        "properties": {rng.choice(["Department", "department", "DEPARTMENT"]): "Sales",
                       rng.choice(["Feature", "feature"]): "offer-text",
                       "Helicone-Session-Id": token_id(rng, "s-", 8)},
    }  # fmt: skip


def stated(r: dict):
    """What the gateway writes as cost: 0 for a hit, a failure or an unknown price."""
    return r["worth"] if r["priced"] and not r["hit"] and not r["failed"] else D(0)


def api_row(r: dict, asked: str | None) -> dict:
    fresh, read, out = (0, 0, 0) if r["failed"] else r["tokens"]
    return {
        "request_id": r["id"], "response_id": r["origin"],
        "request_created_at": r["start"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "response_created_at": (r["start"] + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "response_status": 500 if r["failed"] else 200, "request_model": "kimi-k2-thinking",
        "response_model": "kimi-k2-thinking", "model_override": None, "provider": "MOONSHOT",
        "helicone_user": r["user"], "request_properties": r["properties"], "delay_ms": 2000,
        "prompt_tokens": fresh, "prompt_cache_read_tokens": read, "prompt_cache_write_tokens": 0,
        "completion_tokens": out, "total_tokens": fresh + out, "costUSD": stated(r),
        "cache_enabled": True, "cache_reference_id": r["origin"] if r["hit"] else NO_HIT,
        "request_body": {"messages": [{"role": "user", "content": asked}]} if asked else {},
    }  # fmt: skip


def warehouse_row(r: dict, finished: bool = True) -> dict:
    row = api_row(r, None)
    cost = int(stated(r) * 1_000_000_000) if finished else 0
    return {
        "response_id": row["response_id"], "latency": 2000 if finished else "",
        "response_created_at": row["response_created_at"] if finished else "",
        "status": row["response_status"], "completion_tokens": row["completion_tokens"]
        if finished else 0, "cache_reference_id": row["cache_reference_id"],
        "prompt_tokens": row["prompt_tokens"], "prompt_cache_write_tokens": 0,
        "prompt_cache_read_tokens": row["prompt_cache_read_tokens"], "model": "kimi-k2-thinking",
        "request_id": r["id"], "user_id": r["user"], "provider": "MOONSHOT",
        "request_created_at": row["request_created_at"][:-1].replace("T", " "),
        "properties": json.dumps(r["properties"]), "cost": cost,
    }  # fmt: skip


def book(books: Books, r: dict, month: str) -> None:
    entry = books.dataset(FOLDER)
    entry["accepted"] += 1
    if r["hit"] or r["failed"]:
        entry["not_billable"] += 1
        return
    for meter, n in zip(("input_tokens", "cache_read_tokens", "output_tokens"), r["tokens"],
                        strict=True):  # fmt: skip
        if n:
            add(entry["tokens"], meter, n)
    if r["priced"]:
        add(entry["money"], "USD", r["worth"])
        books.charge("moonshot_api", "usage", month, FOLDER, "Stated", r["worth"])
    else:
        books.charge("moonshot_api", "usage", month, FOLDER, "Estimated", r["exact"])


def requests_of(rng: random.Random, month: str, sellers: list) -> list[dict]:
    found = []
    for day in month_days(month):
        for _ in range(rng.randint(0, 2) if day.weekday() < 5 else 0):
            start = datetime.combine(day, time(0), UTC) + timedelta(
                seconds=rng.randint(7 * 3600, 17 * 3600), milliseconds=rng.randint(0, 999)
            )
            found.append(request(rng, start, rng.choice(sellers)))
    return sorted(found, key=lambda r: r["start"])


def write(books: Books, rng: random.Random) -> None:
    entry = books.dataset(FOLDER)
    sellers = [p for p in people() if p.department == "sales"]
    for month in MONTHS:
        requests = requests_of(rng, month, sellers)
        for r in requests:
            book(books, r, month)
        entry["records"] += len(requests)
        if month < "2026-08":
            path = f"{FOLDER}/requests_{month}__exported_{EXPORTED[month]}.json" + (
                "" if month == "2026-05" else ".gz"
            )
            rows = [api_row(r, f"{CANARY} offer" if (month, i) == ("2026-06", 3) else None)
                    for i, r in enumerate(requests)]  # fmt: skip
            if month == "2026-06":
                books.plant(path, "request 4", "prompt text that no table may hold")
                rows.append(rows[0] | {"request_id": uuid(rng), "prompt_tokens": "many"})
                books.plant(path, f"request {len(rows)}", "prompt_tokens is the text many")
                entry["records"] += 1
                entry["quarantined"]["unreadable token count"] = 1
            books.put(path, to_json({"data": rows, "error": None}, "data") + "\n")
            continue
        path = f"{FOLDER}/request_response_rmt_{month}__exported_{EXPORTED[month]}.csv.gz"
        rows = [warehouse_row(r) for r in requests]
        twice = next(r for r in requests if not (r["hit"] or r["failed"]) and r["priced"])
        rows.insert(0, warehouse_row(twice, finished=False))
        books.plant(path, "line 2", "a request before its answer came; its last state stands below")
        rows.append(rows[-1])
        books.plant(path, f"line {len(rows) + 1}", "exact duplicate of the line before")
        entry["records"] += 2
        entry["superseded"] += 1
        entry["duplicates"] += 1
        if month == "2026-09":
            wrong = warehouse_row(twice) | {"request_id": uuid(rng), "cost": "0.0234"}
            rows.append(wrong)
            books.plant(path, f"line {len(rows) + 1}", "a cost in dollars among 10^-9 dollars")
            entry["records"] += 1
            entry["quarantined"]["cost is no whole number of 10^-9 US dollars"] = 1
        books.put(path, "".join(csv_lines(COLUMNS, rows)))
