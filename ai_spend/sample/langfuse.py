"""Langfuse: traces of the data scientists' notebooks, and of the help desk a second time."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

from ai_spend.sample import (
    CANARY,
    EXPORTED,
    MILLION,
    MONTHS,
    Books,
    D,
    add,
    month_days,
    people,
    to_json,
    token_id,
)

ABOUT = """
Langfuse: the enriched blob export, one JSONL file a month. Notebooks of data science call grok-3
at xAI, which nobody bills or logs elsewhere, so Langfuse's own cost carries that money (Stated),
or the price book where it has none (Estimated). The help desk's gpt-4o calls stand in OpenAI's
bill, in the gateway's log and here: they add nothing. June lies there a second time as the older
table (CSV, without users); one call of July is finished in the file of August; every call has a
span around it. Some calls were sent with OpenAI's own counts, where the input holds the cached
tokens.
"""
FOLDER = "langfuse/observations"
PRICE = {"input": D(3), "cache_read": D("0.75"), "output": D(15)}  # grok-3, per million tokens
COLUMNS = [
    "id", "trace_id", "project_id", "environment", "type", "parent_observation_id", "start_time",
    "end_time", "name", "level", "provided_model_name", "usage_details", "cost_details",
    "total_cost", "created_at", "updated_at",
]  # fmt: skip


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def call(rng: random.Random, start: datetime, desk: bool, members: list) -> dict:
    """A call, and beside it (keys with _) what the books need to know."""
    fresh, read, out = (
        rng.randint(800, 20_000),
        rng.choice([0, 0, 4096, 8192]),
        rng.randint(150, 900),
    )
    reasoned = rng.choice([0, 0, 64, 128])
    cost = (fresh * PRICE["input"] + read * PRICE["cache_read"] + out * PRICE["output"]) / MILLION
    if desk:
        cost = (fresh * D("2.5") + read * D("1.25") + out * D(10)) / MILLION
    dice = rng.random()
    person = rng.choice(members)
    row = {
        "id": token_id(rng, "obs-"),
        "trace_id": token_id(rng, "tr-", 10),
        "project_id": "prj-bw-desk" if desk else "prj-bw-notebooks",
        "environment": "production" if desk else "research",
        "type": "GENERATION",
        "parent_observation_id": "",
        "start_time": stamp(start),
        "end_time": stamp(start + timedelta(milliseconds=rng.randint(300, 9000))),
        "name": "answer",
        "level": "DEFAULT",
        "provided_model_name": "gpt-4o" if desk else "grok-3",
        "usage_details": {"input": fresh, "input_cached_tokens": read, "output": out - reasoned,
                          "output_reasoning_tokens": reasoned, "total": fresh + read + out},
        "cost_details": {"total": cost},
        "total_cost": cost,
        "input": None,
        "output": None,
        "metadata": {"ticket_id": f"T-{rng.randint(4000, 6999)}"} if desk else {},
        "created_at": stamp(start + timedelta(seconds=12)),
        "updated_at": stamp(start + timedelta(seconds=14)),
        "user_id": person.email if dice < 0.5 else person.gateway_user,
        "session_id": token_id(rng, "s-", 8),
        "trace_name": "desk" if desk else "notebook",
        "tags": ["feature:triage" if desk else "feature:analysis"],
    }  # fmt: skip
    if not desk:
        row["tags"].append("department:data-science")
    if dice < 0.12:  # Langfuse did not know the price
        row["cost_details"], row["total_cost"] = {}, None
    elif dice < 0.2:  # sent as OpenAI counts: cached inside the input, reasoning inside the output
        row["usage_details"] = {"input": fresh + read, "input_cached_tokens": read, "output": out,
                                "output_reasoning_tokens": reasoned,
                                "total": fresh + read + out}  # fmt: skip
    return row | {"_tokens": (fresh, read, out), "_cost": cost}


def span(row: dict) -> dict:
    return {k: row[k] for k in ("trace_id", "project_id", "environment", "start_time", "end_time",
                                "created_at", "updated_at")} | {
        "id": row["id"].replace("obs-", "span-"), "type": "SPAN", "parent_observation_id": "",
        "name": "step", "level": "DEFAULT", "provided_model_name": "", "usage_details": {},
        "cost_details": {}, "total_cost": None, "input": None, "output": None, "metadata": {},
        "user_id": row["user_id"], "session_id": row["session_id"], "tags": [],
    }  # fmt: skip


def line(row: dict) -> str:
    return to_json({k: v for k, v in row.items() if not k.startswith("_")})


def book(books: Books, row: dict) -> None:
    """Enter an accepted call."""
    entry = books.dataset(FOLDER)
    entry["accepted"] += 1
    fresh, read, out = row["_tokens"]
    for meter, n in (("input_tokens", fresh), ("cache_read_tokens", read), ("output_tokens", out)):
        if n:
            add(entry["tokens"], meter, n)
    if row["total_cost"]:
        add(entry["money"], "USD", row["total_cost"])
    if row["provided_model_name"] == "grok-3":
        basis = "Stated" if row["total_cost"] else "Estimated"
        day = date.fromisoformat(row["start_time"][:10])
        books.use("xai_api", day, FOLDER, basis, row["_cost"])


def csv_line(row: dict) -> str:
    """A line of the older table: maps are JSON text, the trace's columns are missing."""
    cells = []
    for name in COLUMNS:
        value = row[name]
        text = to_json(value) if isinstance(value, dict) else ("" if value is None else str(value))
        cells.append('"' + text.replace('"', '""') + '"' if '"' in text else text)
    return ",".join(cells)


def write(books: Books, rng: random.Random) -> None:
    entry = books.dataset(FOLDER)
    science = [p for p in people() if p.department == "data-science"]
    support = [p for p in people() if p.department == "customer-support"]
    late: list[str] = []
    for month in MONTHS:
        path = f"{FOLDER}/observations_v2_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        lines, june = list(late), []
        late = []
        for i, day in enumerate(month_days(month)):
            for desk in [False] * rng.randint(0, 2) + [True] * (i % 5 == 0):
                start = datetime.combine(day, time(0), UTC) + timedelta(
                    seconds=rng.randint(7 * 3600, 18 * 3600), microseconds=rng.randint(0, 999_999)
                )
                row = call(rng, start, desk, support if desk else science)
                lines.append(line(span(row)))
                entry["superseded"] += 1
                if month == "2026-07" and not late and not desk and i > 24 and row["total_cost"]:
                    early = row | {"usage_details": {}, "cost_details": {}, "total_cost": None,
                                   "end_time": None}  # fmt: skip
                    finished = row | {"updated_at": stamp(start + timedelta(days=6))}
                    lines.append(line(early))
                    books.plant(path, f"line {len(lines)}", "unfinished; the next file finishes it")
                    entry["superseded"] += 1
                    late = [line(finished)]
                else:
                    if month == "2026-08" and i == 10 and not desk:
                        row["input"] = f"{CANARY} why did robot 17 stop"
                        books.plant(path, f"line {len(lines) + 1}",
                                    "prompt text that no table may hold")  # fmt: skip
                    lines.append(line(row))
                    june += [row, span(row)] if month == "2026-06" else []
                book(books, row)
        if month == "2026-05":
            lines += ['{"id": "obs-broken", "trace_id": "tr-', lines[-1]]
            entry["quarantined"]["malformed JSON"] = 1
            entry["duplicates"] += 1
            books.plant(path, f"line {len(lines) - 1}", "cut in the middle")
            books.plant(path, f"line {len(lines)}", "same line as two lines before")
        if month == "2026-06":
            older = f"{FOLDER}/observations_{month}__exported_{EXPORTED[month]}.csv.gz"
            books.put(older, "\n".join([",".join(COLUMNS), *map(csv_line, june)]) + "\n")
            books.plant(older, "whole file", "the older table of the same observations, no users")
            entry["records"] += len(june)
            entry["superseded"] += len(june)
        entry["records"] += len(lines)
        books.put(path, "\n".join(lines) + "\n")
    scores = f"{FOLDER}/scores_2026-09__exported_{EXPORTED['2026-09']}.csv"
    books.put(scores, "id,trace_id,name,value\nsc-1,tr-1,helpful,1\n")
    entry["files_refused"] = 1
    books.plant(scores, "whole file", "another table in the wrong folder; refused as a whole")
