"""OpenRouter: side projects of engineering; the log of each month, by day, and single answers."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

from ai_spend.sample import (
    EXPORTED,
    MILLION,
    MONTHS,
    Books,
    D,
    add,
    month_days,
    month_of,
    people,
    plain,
    to_json,
    token_id,
)

ABOUT = """
OpenRouter: side projects of engineering buy from it. It sells and invoices, so that what it
states by request is Reported. The log of the activity page (CSV) carries May to August; in
September nobody exported it, so that the daily activity of the API carries the month. August lies
there in both, and a few answers of the generation API repeat single requests: all of them add
nothing. Free variants cost nothing; requests with the company's own key at Mistral cost a fee
only, their tokens are Mistral's. Small charges are in scientific notation; the log of July was
exported twice, and one charge differs.
"""
LOG, DAILY, ANSWERS = (f"openrouter/{name}" for name in ("activity_csv", "activity", "generations"))
COLUMNS = [
    "generation_id", "created_at", "cost_total", "cost_web_search", "cost_cache",
    "cost_file_processing", "byok_usage_inference", "tokens_prompt", "tokens_completion",
    "tokens_reasoning", "tokens_cached", "model_permaslug", "provider_name", "variant",
    "cancelled", "streamed", "user", "finish_reason_raw", "finish_reason_normalized",
    "generation_time_ms", "time_to_first_token_ms", "api_key_disabled", "api_key_name", "app_name",
]  # fmt: skip
# model, provider, US dollars per million input and output tokens
MODELS = [
    ("qwen/qwen3-coder-plus", "Alibaba", D("0.9"), D("4.5")),
    ("z-ai/glm-5.3", "Z.AI", D("1.4"), D("4.4")),
    ("z-ai/glm-5.3:free", "Chutes", D(0), D(0)),
    ("mistralai/codestral-2508", "Mistral", D("0.3"), D("0.9")),
]
FEE = D("0.05")  # of what the own key would have cost


def generation(rng: random.Random, start: datetime, person) -> dict:
    model, provider, price_in, price_out = rng.choices(MODELS, [4, 4, 2, 2])[0]
    prompt, out = rng.randint(100, 30_000), rng.randint(20, 2500)
    worth = (prompt * price_in + out * price_out) / MILLION
    own = provider == "Mistral"
    return {
        "generation_id": f"gen-{int(start.timestamp())}-" + token_id(rng, "", 12),
        "start": start,
        "charge": worth * FEE if own else worth,
        "upstream": worth if own else D(0),
        "own": own,
        "prompt": prompt,
        "cached": rng.choice([0, 0, prompt // 2]) if not own else 0,
        "out": out,
        "reasoning": out // 4,
        "model": model,
        "provider": provider,
        "variant": "free" if model.endswith(":free") else "standard",
        "user": person.email if rng.random() < 0.4 else "",
        "key": rng.choice(["side-projects", "hack-week"]),
        "app": rng.choice(["Robot Simulator", "robot simulator", ""]),
    }


def money(value) -> str:
    """As OpenRouter writes it: small amounts with an exponent."""
    return f"{value.normalize():E}".lower() if 0 < value < D("0.001") else plain(value)


def log_line(g: dict) -> str:
    return ",".join(str(v) for v in (
        g["generation_id"], g["start"].strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], money(g["charge"]),
        0, 0, 0, money(g["upstream"]), g["prompt"], g["out"], g["reasoning"], g["cached"],
        g["model"], g["provider"], g["variant"], "false", "true", g["user"], "stop", "stop", 2400,
        300, "false", g["key"], g["app"],
    ))  # fmt: skip


def write_log(books: Books, month: str, generations: list[dict]) -> None:
    entry = books.dataset(LOG)
    path = f"{LOG}/activity_{month}__exported_{EXPORTED[month]}.csv" + ("" if month == "2026-05"
                                                                        else ".gz")  # fmt: skip
    lines = [",".join(COLUMNS), *map(log_line, generations)]
    for g in generations:
        entry["accepted"] += 1
        add(entry["money"], "USD", g["charge"])
        books.charge("openrouter_api", "usage", month, LOG, "Reported", g["charge"])
        if not g["charge"]:
            entry["not_billable"] += 1
        elif not g["own"]:
            for meter, n in (("input_tokens", g["prompt"] - g["cached"]),
                             ("cache_read_tokens", g["cached"]),
                             ("output_tokens", g["out"])):  # fmt: skip
                if n:
                    add(entry["tokens"], meter, n)
    if month == "2026-06":
        lines.append(lines[-1].replace("gen-", "gen-0").replace(f",{generations[-1]['prompt']},",
                                                               ",many,", 1))  # fmt: skip
        books.plant(path, f"line {len(lines)}", "tokens_prompt is the text many")
        entry["quarantined"]["unreadable token count"] = 1
    if month == "2026-07":  # the first export had another charge in one line
        changed = next(i for i, g in enumerate(generations) if g["charge"] > D("0.001"))
        wrong = generations[changed] | {"charge": generations[changed]["charge"] * 2}
        early = path.replace(EXPORTED[month], "2026-08-01")
        older = [*lines[: changed + 1], log_line(wrong), *lines[changed + 2 :]]
        books.put(early, "\n".join(older) + "\n")
        books.plant(early, f"line {changed + 2}", "a charge that the next export corrects")
        entry["records"] += len(older) - 1
        entry["superseded"] += 1
        entry["duplicates"] += len(older) - 2
    entry["records"] += len(lines) - 1
    books.put(path, "\n".join(lines) + "\n")


def day_items(generations: list[dict]) -> list[dict]:
    """The same requests by day, model and endpoint, as the API tells them."""
    groups = defaultdict(list)
    for g in generations:
        groups[g["start"].date(), g["model"], g["provider"]].append(g)
    return [
        {
            "date": f"{day}", "model": model, "model_permaslug": model,
            "endpoint_id": "ep-" + model.split("/")[1].replace(":", "-"),
            "provider_name": provider,
            "usage": sum((g["charge"] for g in found), D(0)),
            "byok_usage_inference": sum((g["upstream"] for g in found), D(0)),
            "requests": len(found), "prompt_tokens": sum(g["prompt"] for g in found),
            "completion_tokens": sum(g["out"] for g in found),
            "reasoning_tokens": sum(g["reasoning"] for g in found),
        }
        for (day, model, provider), found in sorted(groups.items())
    ]  # fmt: skip


def write_daily(books: Books, month: str, items: list[dict]) -> None:
    entry = books.dataset(DAILY)
    path = f"{DAILY}/activity_{month}__exported_{EXPORTED[month]}.json.gz"
    if month == "2026-09":  # an export of the middle of the month holds its days as well
        early = path.replace(EXPORTED[month], "2026-09-16")
        first = [item for item in items if item["date"] < "2026-09-15"]
        books.put(early, to_json({"data": first}, "data") + "\n")
        books.plant(early, "whole file", "days that the export of October tells again")
        entry["records"] += len(first)
        entry["superseded"] += len(first)
    books.put(path, to_json({"data": items}, "data") + "\n")
    entry["records"] += len(items)
    for item in items:
        entry["accepted"] += 1
        add(entry["money"], "USD", item["usage"])
        if not item["usage"]:
            entry["not_billable"] += 1
        elif not item["byok_usage_inference"]:
            add(entry["tokens"], "input_tokens", item["prompt_tokens"])
            add(entry["tokens"], "output_tokens", item["completion_tokens"])
        if month == "2026-09":
            books.charge("openrouter_api", "usage", month, DAILY, "Reported", item["usage"])


def write_answers(books: Books, generations: list[dict]) -> None:
    entry = books.dataset(ANSWERS)
    path = f"{ANSWERS}/generations__fetched_2026-08-20.jsonl"
    lines = []
    for g in generations:
        fresh = g["prompt"] - g["cached"]
        lines.append(to_json({"data": {
            "id": g["generation_id"], "model": g["model"], "provider_name": g["provider"],
            "created_at": g["start"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "total_cost": g["charge"], "usage": g["charge"], "is_byok": g["own"],
            "upstream_inference_cost": g["upstream"] or g["charge"],
            "tokens_prompt": g["prompt"], "tokens_completion": g["out"],
            "native_tokens_prompt": g["prompt"], "native_tokens_completion": g["out"],
            "native_tokens_cached": g["cached"], "native_tokens_reasoning": g["reasoning"],
            "streamed": True, "cancelled": False, "finish_reason": "stop",
        }}))  # fmt: skip
        entry["accepted"] += 1
        add(entry["money"], "USD", g["charge"])
        if not g["charge"]:
            entry["not_billable"] += 1
        elif not g["own"]:
            for meter, n in (("input_tokens", fresh), ("cache_read_tokens", g["cached"]),
                             ("output_tokens", g["out"])):  # fmt: skip
                if n:
                    add(entry["tokens"], meter, n)
    lines.append('{"error": {"code": 404, "message": "not yet there"}}')
    books.plant(path, f"line {len(lines)}", "an answer that came too early: no generation")
    entry["records"] += len(lines) - 1
    books.put(path, "\n".join(lines) + "\n")


def write(books: Books, rng: random.Random) -> None:
    engineers = [p for p in people() if p.department == "engineering"]
    for month in MONTHS:
        generations = []
        for day in month_days(month):
            for _ in range(rng.randint(0, 4)):
                start = datetime.combine(day, time(0), UTC) + timedelta(
                    seconds=rng.randint(0, 86_399), milliseconds=rng.randint(0, 999)
                )
                generations.append(generation(rng, start, rng.choice(engineers)))
        generations.sort(key=lambda g: g["start"])
        assert {month_of(g["start"]) for g in generations} == {month}
        if month != "2026-09":
            write_log(books, month, generations)
        if month >= "2026-08":
            write_daily(books, month, day_items(generations))
        if month == "2026-08":
            write_answers(books, generations[:12])
