"""Google Cloud: the billing export of two invoice months, and Vertex AI's log of calls."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, date, datetime, timedelta

from ai_spend.sample import EXPORTED, MILLION, Books, D, add, days, people, plain

ABOUT = """
Google bills July (JSON lines, delivered twice) and August (CSV with a column per field), cost
  before credits: what is charged is both together. Tokens are labelled requests; Gemini costs the
  same through Vertex AI and the Gemini API, which are two services. Tax has no project, and an
  adjustment of July stands on the invoice of August. Vertex AI's log covers calls of July, which
  the bill covers too, and of September, which no bill covers: these are estimated. Thoughts are
  charged as output; one answer states no usage and is refused.
"""

ACCOUNT = "01BW01-BRNDLW-000001"
BILL = "google_vertex/billing_export"
LOG = "google_vertex/request_logs"
SERVICES = {"google_vertex": ("C7E2-9256-1C43", "Vertex AI"),
            "gemini_api": ("AEFD-7695-64FA", "Gemini API"),
            "google_cloud": ("6F81-5844-456A", "Compute Engine")}  # fmt: skip
# service, article, US dollars per million, meter
ARTICLES = [
    ("google_vertex", "Gemini 2.5 Flash GA Text Input - Predictions", "0.3", "input"),
    ("google_vertex", "Gemini 2.5 Flash GA Thinking Text Output - Predictions", "2.5", "output"),
    ("google_vertex", "Gemini 2.5 Flash GA input caching", "0.03", "cache_read"),
    ("gemini_api", "Generate content output token count gemini 2.5 flash short input text", "2.5",
     "output"),
]  # fmt: skip
PROJECTS = {"bw-labelling": "data-science", "bw-campaign": "marketing"}


def rows_of(rng: random.Random, month: str) -> list[dict]:
    """The invoice month's rows in Google's shape; keys that begin with _ are for the books."""
    first, found = date.fromisoformat(f"{month}-01"), []
    end = (first + timedelta(days=31)).replace(day=1)

    def row(service: str, article: str, day: date, cost, project: str | None, **fields) -> None:
        key, name = SERVICES[service]
        owner = people()[day.day].email
        found.append({
            "billing_account_id": ACCOUNT, "invoice": {"month": month.replace("-", "")},
            "cost_type": "regular", "service": {"id": key, "description": name},
            "sku": {"id": f"BW-{len(article):04}", "description": article},
            "usage_start_time": f"{day} 00:00:00 UTC",
            "usage_end_time": f"{day + timedelta(days=1)} 00:00:00 UTC",
            "project": {"id": project, "name": project, "labels": []} if project else None,
            "labels": [{"key": "department", "value": PROJECTS[project]},
                       {"key": "owner", "value": owner}] if project else [],
            "cost": plain(D(cost)), "currency": "USD", "credits": [],
            "export_time": f"{day + timedelta(days=1)} 06:00:00 UTC",
            "_service": service, "_tokens": {},
        } | fields)  # fmt: skip

    for day in (d for d in days(first, end - timedelta(days=1)) if d.day % 2):
        for project in PROJECTS:
            for service, article, price, meter in ARTICLES:
                tokens = rng.randint(1, 900) * 10_000
                cost = plain(D(tokens) / MILLION * D(price))
                credit = [{"name": "Promotion", "type": "PROMOTION", "amount": "-0.1"}]
                row(service, article, day, cost, project,
                    usage={"amount": tokens, "unit": "requests", "amount_in_pricing_units": tokens,
                           "pricing_unit": "count"},
                    price={"list_price": price, "pricing_unit_quantity": 1_000_000},
                    cost_at_list=cost, credits=credit if day.day == 5 else [],
                    _tokens={f"{meter}_tokens": tokens})  # fmt: skip
        if day.day % 7 == 1:
            row("google_cloud", "N2 Instance Core", day, rng.randint(40, 90), "bw-labelling",
                usage={"amount": 86_400, "unit": "seconds"},
                credits=[{"name": "Sustained use", "amount": "-3.5"}])  # fmt: skip
    row("google_cloud", "Tax", first, "9.31", None, cost_type="tax")
    row("google_cloud", "Rounding", first, "0.01", None, cost_type="rounding_error")
    if month == "2026-08":
        row("google_vertex", ARTICLES[0][1], date(2026, 7, 31), "-1.2", "bw-campaign",
            cost_type="adjustment")  # fmt: skip
    return found


def due(row: dict):
    return D(row["cost"]) + sum((D(c["amount"]) for c in row["credits"]), D(0))


def book(books: Books, row: dict) -> None:
    entry = books.dataset(BILL)
    entry["accepted"] += 1
    add(entry["money"], "USD", due(row))
    for meter, n in row["_tokens"].items():
        add(entry["tokens"], meter, n)
    month = f"{row['invoice']['month'][:4]}-{row['invoice']['month'][4:]}"
    books.charge(row["_service"], "usage", month, BILL, "Reported", due(row))


def as_json(row: dict) -> str:
    return json.dumps({k: v for k, v in row.items() if k[0] != "_"}) + "\n"


def as_csv(rows: list[dict]) -> str:
    """A column per field; lists stay JSON."""
    nested = {"invoice": ["month"], "service": ["id", "description"], "sku": ["id", "description"],
              "project": ["id", "name"], "usage": ["amount", "unit", "amount_in_pricing_units"],
              "price": ["list_price", "pricing_unit_quantity"]}  # fmt: skip
    plain_names = ["billing_account_id", "cost_type", "usage_start_time", "usage_end_time", "cost",
                   "currency", "cost_at_list", "export_time"]  # fmt: skip
    columns = plain_names + [f"{o}.{n}" for o, names in nested.items() for n in names]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, "credits", "labels"])
    for row in rows:
        values = [row.get(name, "") for name in plain_names]
        values += [(row.get(o) or {}).get(n, "") for o, names in nested.items() for n in names]
        writer.writerow([*values, json.dumps(row["credits"]), json.dumps(row["labels"])])
    return text.getvalue()


def write_bill(books: Books, rng: random.Random) -> None:
    entry = books.dataset(BILL)
    july, august = rows_of(rng, "2026-07"), rows_of(rng, "2026-08")
    for row in july + august:
        book(books, row)
    early = [row for row in july if row["usage_start_time"] < "2026-07-14"]
    path = f"{BILL}/billing_2026-07__exported_2026-07-15.jsonl.gz"
    books.put(path, "".join(map(as_json, early)))
    books.plant(path, "whole file", "the month so far: replaced as a whole by the export of August")
    half = len(july) // 2
    books.put(f"{BILL}/billing_2026-07-0__exported_{EXPORTED['2026-07']}.jsonl.gz",
              "".join(map(as_json, july[:half])))  # fmt: skip
    broken = july[3] | {"credits": [{"name": "Promotion", "amount": "some"}]}
    path = f"{BILL}/billing_2026-07-1__exported_{EXPORTED['2026-07']}.jsonl.gz"
    books.put(path, "".join(map(as_json, [*july[half:], broken])))
    books.plant(path, f"line {len(july) - half + 1}", "a credit that is no number")
    books.put(f"{BILL}/billing_2026-08__exported_{EXPORTED['2026-08']}.csv.gz", as_csv(august))
    path = f"{BILL}/billing_2026-08_net__exported_{EXPORTED['2026-08']}.csv"
    books.put(path, "billing_account_id,invoice.month,service.description,sku.description,"
              f"usage_start_time,usage_end_time,cost,currency\n{ACCOUNT},202608,Vertex AI,x,"
              "2026-08-01 00:00:00 UTC,2026-08-02 00:00:00 UTC,1,USD\n")  # fmt: skip
    books.plant(path, "whole file", "a report without credits: refused, its costs are too high")
    entry["files_refused"] = 1
    entry["quarantined"] = {"unreadable credits": 1}
    entry["superseded"] += len(early)
    entry["records"] += len(early) + len(july) + len(august) + 1


# US dollars per million tokens of gemini-2.5-flash
PRICES = {"input_tokens": D("0.3"), "cache_read_tokens": D("0.03"), "input_audio_tokens": D("1"),
          "output_tokens": D("2.5")}  # fmt: skip


def write_log(books: Books, rng: random.Random) -> None:
    entry = books.dataset(LOG)

    def call(at: datetime, number: int) -> str:
        prompt, cached = rng.randint(9_000, 40_000), rng.choice([0, 0, 8_192])
        audio, tools = rng.choice([0, 0, 500]), rng.choice([0, 0, 300])
        seen, thoughts = rng.randint(50, 900), rng.choice([0, 400, 2_000])
        rented = number % 17 == 6
        usage = {"promptTokenCount": prompt, "candidatesTokenCount": seen,
                 "totalTokenCount": prompt + tools + seen + thoughts,
                 "trafficType": "PROVISIONED_THROUGHPUT" if rented else "ON_DEMAND"}  # fmt: skip
        for name, n in (("cachedContentTokenCount", cached), ("thoughtsTokenCount", thoughts),
                        ("toolUsePromptTokenCount", tools)):  # fmt: skip
            if n:
                usage[name] = n
        if audio:
            usage["promptTokensDetails"] = [
                {"modality": "AUDIO", "tokenCount": audio},
                {"modality": "TEXT", "tokenCount": prompt - audio},
            ]
        entry["accepted"] += 1
        if rented:
            entry["not_billable"] += 1
        tokens = {"input_tokens": prompt - cached - audio + tools, "cache_read_tokens": cached,
                  "input_audio_tokens": audio, "output_tokens": seen + thoughts}  # fmt: skip
        for meter, n in tokens.items():
            if n and not rented:
                add(entry["tokens"], meter, n)
                if at.month == 9:
                    books.charge("google_vertex", "usage", "2026-09", LOG, "Estimated",
                                 D(n) / MILLION * PRICES[meter])  # fmt: skip
        return json.dumps({
            "endpoint": "projects/bw-labelling/locations/global/publishers/google/models/x",
            "logging_time": at.strftime("%Y-%m-%d %H:%M:%S.250000 UTC"),
            "request_id": 9_000_000_000_000_000_000 + at.month * 1_000 + number,
            "model": "gemini-2.5-flash",
            "full_request": {"labels": {"department": "data-science", "feature": "labelling"}},
            "full_response": {"usageMetadata": usage, "modelVersion": "gemini-2.5-flash"},
        }) + "\n"  # fmt: skip

    def calls(month: int, count: int) -> list[str]:
        start = datetime(2026, month, 2, 7, tzinfo=UTC)
        return [call(start + timedelta(hours=8 * n), n) for n in range(count)]

    july, september = calls(7, 40), calls(9, 60)
    books.put(f"{LOG}/calls_2026-07__exported_{EXPORTED['2026-07']}.jsonl.gz", "".join(july))
    books.put(f"{LOG}/calls_2026-09__exported_2026-09-15.jsonl.gz", "".join(september[:40]))
    unknown = json.loads(september[41]) | {"request_id": 77, "full_response": {"candidates": []}}
    path = f"{LOG}/calls_2026-09b__exported_{EXPORTED['2026-09']}.jsonl.gz"
    books.put(path, "".join([*september[30:], json.dumps(unknown) + "\n"]))
    books.plant(path, "lines 1 to 10", "calls that the delivery of 15 September has too")
    books.plant(path, "line 31", "an answer without usage: unknown, not 0")
    entry["duplicates"] += 10
    entry["quarantined"] = {"no usage": 1}
    entry["records"] += len(july) + len(september) + 11


def write(books: Books, rng: random.Random) -> None:
    write_bill(books, rng)
    write_log(books, rng)
