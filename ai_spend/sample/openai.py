"""OpenAI's other usage endpoints and its dashboard's CSV exports."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from random import Random

from ai_spend.sample import (
    LAST_BILLED_MONTH,
    MILLION,
    MONTHS,
    Books,
    D,
    add,
    days,
    discounted,
    month_days,
    month_of,
    openai_page,
    plain,
)

ABOUT = """OpenAI besides completions: the help desk's search index embeds its texts every Monday;
 in September, which has no bill, that is charged besides the completions. July shows all other
 endpoints, which a bill covers. Moderation is free. The dashboard's CSV exports tell the costs of
 July and the completions of early September again and add nothing.""".replace("\n", "")

EMBEDDINGS_PRICE = D("0.02")  # text-embedding-3-small, per million tokens
ORGANISATION = "org-BwInvented01"
COST_COLUMNS = (
    "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,"
    "quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,"
    "organization_name,user_email,api_source"
)
USAGE_COLUMNS = (
    "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,"
    "api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,"
    "input_uncached_tokens,input_text_tokens,output_text_tokens,input_cached_text_tokens,"
    "input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,input_image_tokens,"
    "input_cached_image_tokens,output_image_tokens"
)


def write(books: Books, rng: Random) -> None:
    write_embeddings(books, rng)
    write_july(books, rng)
    write_costs_csv(books)
    write_usage_csv(books)


def put_page(books: Books, dataset: str, name: str, buckets: list) -> None:
    """One page of a usage endpoint; all its results are records."""
    books.put(f"openai/{dataset}/{name}", openai_page(buckets, None))
    books.dataset(f"openai/{dataset}")["records"] += sum(len(rows) for _, rows in buckets)


def result(endpoint: str, **fields) -> dict:
    return {"object": f"organization.usage.{endpoint}.result", **fields}


def write_embeddings(books: Books, rng: Random) -> None:
    """Mondays; a page per month, and one of early September that October's replaces."""
    name = "openai/usage_embeddings"
    entry = books.dataset(name)
    by_day: dict[date, list[dict]] = {day: [] for day in days()}
    for day in (day for day in days() if day.weekday() == 0):
        tokens, requests = rng.randint(2_000_000, 6_000_000), rng.randint(40, 90)
        by_day[day].append(result(
            "embeddings", input_tokens=tokens, num_model_requests=requests,
            project_id="proj_BwSupport", user_id=None, api_key_id="key_BwSearch01",
            model="text-embedding-3-small",
        ))  # fmt: skip
        entry["accepted"] += 1
        add(entry["tokens"], "input_tokens", tokens)
        if month_of(day) > LAST_BILLED_MONTH:
            amount = D(tokens) / MILLION * discounted(EMBEDDINGS_PRICE, day)
            books.charge("openai_api", "usage", month_of(day), name, "Estimated", amount)
    for month in MONTHS:
        exported = {"2026-09": "2026-10-02"}.get(month, "2026-09-03")
        file = f"usage_embeddings_{month}__exported_{exported}.json.gz"
        put_page(books, "usage_embeddings", file, [(d, by_day[d]) for d in month_days(month)])
    first = days(date(2026, 9, 1), date(2026, 9, 7))
    early = {d: [r | {"input_tokens": r["input_tokens"] // 2} for r in by_day[d]] for d in first}
    file = "usage_embeddings_2026-09-01_2026-09-07__exported_2026-09-07.json"
    put_page(books, "usage_embeddings", file, list(early.items()))
    entry["superseded"] += sum(len(rows) for rows in early.values())
    books.plant(
        f"{name}/{file}", "bucket 2026-09-07",
        "exported during the day: half of the tokens; the export of October replaces it",
    )  # fmt: skip


def write_july(books: Books, rng: Random) -> None:
    """A page of July for each other endpoint. The month has a bill: nothing here is charged."""
    wednesdays = [day for day in month_days("2026-07") if day.weekday() == 2]
    common = {"project_id": "proj_BwResearch", "user_id": None, "api_key_id": "key_BwFlex01"}
    shop = {"project_id": "proj_BwWebsite", "user_id": None, "api_key_id": "key_BwWebsite01"}

    def each(endpoint: str, make) -> list:
        entry = books.dataset(f"openai/usage_{endpoint}")
        buckets = [(d, [make(d)] if d in wednesdays else []) for d in month_days("2026-07")]
        file = "july__exported_2026-08-04.json.gz"
        put_page(books, f"usage_{endpoint}", file, buckets)
        entry["accepted"] += len(wednesdays)
        return [rows[0] for _, rows in buckets if rows]

    # As many searches as the bill charges.
    each("web_search_calls", lambda d: result(
        "web_searches", num_requests=20 + d.day, num_model_requests=15 + d.day,
        model="gpt-5.4-2026-03-05", context_level=None, **common))  # fmt: skip
    each("file_search_calls", lambda d: result(
        "file_searches", num_requests=rng.randint(5, 40), vector_store_id="vs_Invented01",
        **common))  # fmt: skip
    each("code_interpreter_sessions", lambda d: result(
        "code_interpreter_sessions", num_sessions=rng.randint(1, 9),
        project_id="proj_BwResearch"))  # fmt: skip
    each("vector_stores", lambda d: result(
        "vector_stores", usage_bytes=rng.randint(10**8, 10**9),
        project_id="proj_BwResearch"))  # fmt: skip
    each("images", lambda d: result(
        "images", images=rng.randint(3, 20), num_model_requests=rng.randint(3, 9),
        size="1024x1024", source="image.generation", model="gpt-image-2", **shop))  # fmt: skip
    each("audio_speeches", lambda d: result(
        "audio_speeches", characters=rng.randint(5_000, 40_000),
        num_model_requests=rng.randint(2, 9), model="tts-1", **shop))  # fmt: skip
    each("audio_transcriptions", lambda d: result(
        "audio_transcriptions", seconds=rng.randint(60, 4_000),
        num_model_requests=rng.randint(1, 9), model="whisper-1", **shop))  # fmt: skip
    entry = books.dataset("openai/usage_moderations")
    for row in each("moderations", lambda d: result(
            "moderations", input_tokens=rng.randint(900, 9_000),
            num_model_requests=rng.randint(9, 40), model="omni-moderation-latest",
            **shop)):  # fmt: skip
        entry["not_billable"] += 1
        add(entry.setdefault("tokens_not_billable", {}), "input_tokens", row["input_tokens"])


def buckets_of(books: Books, path: str) -> list[tuple[date, list[dict]]]:
    """What the API says of each day, amounts as decimals."""
    page = json.loads(gzip.decompress(books.files[path]), parse_float=D)
    return [
        (datetime.fromtimestamp(bucket["start_time"], UTC).date(), bucket["results"])
        for bucket in page["data"]
    ]


def times(day: date, offset: str = "") -> dict:
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    end = datetime.fromtimestamp(start + 86_400, UTC).date()
    return {
        "start_time": start, "end_time": start + 86_400,
        "start_time_iso": f"{day}T00:00:00{offset}", "end_time_iso": f"{end}T00:00:00{offset}",
    }  # fmt: skip


def line(columns: str, row: dict) -> str:
    """Values with commas in quotes, as the dashboard writes them; null is empty."""
    texts = ["" if row.get(c) is None else str(row[c]) for c in columns.split(",")]
    return ",".join(f'"{t}"' if "," in t else t for t in texts) + "\n"


def write_costs_csv(books: Books) -> None:
    """July as the API told it: amounts with 30 decimals. An export of mid July is replaced."""
    name, entry = "openai/costs_csv", books.dataset("openai/costs_csv")
    july = buckets_of(books, "openai/costs/costs_2026-07__exported_2026-08-04.json.gz")

    def cost_line(day: date, api: dict) -> str:
        amount, quantity = api["amount"]["value"], api["quantity"]
        return line(COST_COLUMNS, times(day) | {
            "amount_value": f"{amount:.30f}", "amount_currency": api["amount"]["currency"],
            "quantity": None if quantity is None else plain(D(quantity)),
            "quantity_unit": api["quantity_unit"], "line_item": api["line_item"],
            "project_id": api["project_id"], "organization_id": ORGANISATION,
            "organization_name": "Brindlewick Robotics",
        })  # fmt: skip

    def put(file: str, buckets: list, known: int | None = None) -> int:
        lines = [COST_COLUMNS + "\n"]
        for day, rows in buckets:
            lines += [cost_line(day, row) for row in rows[:known]]
            if not rows[:known]:
                lines.append(line(COST_COLUMNS, times(day, "+00:00")))
        books.put(f"{name}/{file}", "".join(lines))
        written = sum(len(rows[:known]) for _, rows in buckets)
        entry["records"] += written
        return written

    entry["accepted"] += put("costs_2026-07__exported_2026-08-05.csv.gz", july)
    for _, rows in july:
        for row in rows:
            add(entry["money"], "USD", D(row["amount"]["value"]))
    file = "costs_2026-07-13_2026-07-15__exported_2026-07-15.csv"
    part = [(day, rows if day.day < 15 else []) for day, rows in july if 13 <= day.day <= 15]
    entry["superseded"] += put(file, part, known=4)
    books.plant(f"{name}/{file}", "line 10", "a day without data: a row without measures, which is "
                "no record; the export of August replaces all three days")  # fmt: skip
    file = "costs_by_month__exported_2026-08-05.csv"
    books.put(f"{name}/{file}", "month,total\n2026-07,500\n")
    entry["files_refused"] = 1
    books.plant(f"{name}/{file}", "whole file", "another layout: refused")


def write_usage_csv(books: Books) -> None:
    """The completions of 1 to 10 September, counts as floats, a batch as TRUE."""
    name, entry = "openai/usage_csv", books.dataset("openai/usage_csv")
    path = "openai/usage_completions/usage_completions_2026-09_p1__exported_2026-10-02.json.gz"
    lines = [USAGE_COLUMNS + "\n"]
    for day, rows in buckets_of(books, path)[:10]:
        for row in rows:
            counts = {k: f"{v}.0" for k, v in row.items() if isinstance(v, int) and k != "batch"}
            lines.append(line(USAGE_COLUMNS, times(day) | row | counts
                              | {"batch": str(row["batch"]).upper()}))  # fmt: skip
            entry["accepted"] += 1
            for meter, field in (
                ("input_tokens", "input_uncached_tokens"), ("output_tokens", "output_tokens"),
                ("cache_read_tokens", "input_cached_tokens"),
                ("cache_write_5m_tokens", "input_cache_write_tokens"),
            ):  # fmt: skip
                if row[field]:
                    add(entry["tokens"], meter, row[field])
    broken = lines[3].split(",")
    broken[USAGE_COLUMNS.split(",").index("input_tokens")] = "n/a"
    lines.append(",".join(broken))
    entry["quarantined"] = {"unreadable count": 1}
    entry["records"] += len(lines) - 1
    path = f"{name}/completions_2026-09-01_2026-09-10__exported_2026-10-03.csv.gz"
    books.put(path, "".join(lines))
    books.plant(path, f"line {len(lines)}", "n/a for a count")
