"""Portkey: the marketing studio's calls of Cohere's model since August; costs are in cents."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta

from ai_spend.sample import (
    EXPORTED,
    MILLION,
    Books,
    D,
    add,
    month_days,
    people,
    to_json,
    token_id,
)

ABOUT = """
Portkey: since August a marketing studio calls command-a at Cohere through it, logged nowhere
else. Costs are cents; 0 means an unknown price (then the price book decides), an answer from the
cache or a failure. The job of September overlaps that of August by a day, and one retry shares a
trace.
"""
FOLDER = "portkey/logs"
PRICE = {"input": D("2.5"), "output": D(10)}  # command-a, US dollars per million tokens


def log(rng: random.Random, start: datetime, person, trace: str) -> dict:
    units = rng.randint(300, 12_000), rng.randint(40, 1500)
    worth = (units[0] * PRICE["input"] + units[1] * PRICE["output"]) / MILLION
    dice = rng.random()
    kind = "hit" if dice < 0.1 else "failed" if dice < 0.15 else "unknown" if dice < 0.3 else ""
    metadata = {"_user": person.email if dice < 0.6 else person.gateway_user, "feature": "campaign"}
    if dice > 0.5:
        metadata["department"] = "Marketing"
    return {
        "id": token_id(rng, "pk-"),
        "trace_id": trace,
        "created_at": start.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "ai_org": "cohere",
        "ai_model": "command-a",
        "req_units": 0 if kind == "failed" else units[0],
        "res_units": 0 if kind == "failed" else units[1],
        "total_units": 0 if kind == "failed" else sum(units),
        "cost": D(0) if kind else worth * 100,
        "cost_currency": "USD",
        "response_time": rng.randint(300, 9000),
        "response_status_code": 503 if kind == "failed" else 200,
        "cache_status": "HIT" if kind == "hit" else "MISS",
        "config": "pc-studio",
        "metadata": metadata,
        "_kind": kind,
        "_worth": worth,
    }


def line(row: dict) -> str:
    return to_json({k: v for k, v in row.items() if not k.startswith("_")})


def book(books: Books, row: dict, month: str) -> None:
    entry = books.dataset(FOLDER)
    entry["accepted"] += 1
    if row["_kind"] in ("hit", "failed"):
        entry["not_billable"] += 1
        return
    add(entry["tokens"], "input_tokens", row["req_units"])
    add(entry["tokens"], "output_tokens", row["res_units"])
    if not row["_kind"]:
        add(entry["money"], "USD", row["_worth"])
    basis = "Estimated" if row["_kind"] else "Stated"
    books.charge("cohere_api", "usage", month, FOLDER, basis, row["_worth"])


def write(books: Books, rng: random.Random) -> None:
    entry = books.dataset(FOLDER)
    studio = [p for p in people() if p.department == "marketing"]
    carried: list[str] = []
    for month in ("2026-08", "2026-09"):
        path = f"{FOLDER}/logs_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        lines = list(carried)
        entry["duplicates"] += len(carried)
        if carried:
            books.plant(path, f"lines 1 to {len(carried)}", "31 August again: the jobs overlap")
        for day in month_days(month):
            carried = []
            for _ in range(rng.randint(1, 3) if day.weekday() < 5 or day.day == 31 else 0):
                start = datetime.combine(day, time(0), UTC) + timedelta(
                    seconds=rng.randint(8 * 3600, 17 * 3600), milliseconds=rng.randint(0, 999)
                )
                row = log(rng, start, rng.choice(studio), token_id(rng, "tr-", 10))
                again = [row]
                if row["_kind"] == "failed":  # the retry has an id of its own and the same trace
                    again.append(log(rng, start + timedelta(seconds=9), rng.choice(studio),
                                     row["trace_id"]))  # fmt: skip
                for attempt in again:
                    book(books, attempt, month)
                    carried.append(line(attempt))
            lines += carried
        if month == "2026-09":
            lines.append(
                lines[-1].replace('"pk-', '"pk-x').replace('"cost": ', '"cost": "a lot of ')
            )
            lines[-1] = lines[-1].replace(', "cost_currency"', '", "cost_currency"')
            entry["quarantined"]["unreadable cost"] = 1
            books.plant(path, f"line {len(lines)}", "the cost is a text")
        entry["records"] += len(lines)
        books.put(path, "\n".join(lines) + "\n")
