"""Claude Code's analytics and the exports of Anthropic's Console."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from decimal import ROUND_HALF_UP
from random import Random

from ai_spend.sample import DISPLAY, REPORT_MODEL, Books, D, add, days, people

ABOUT = """Anthropic besides its reports: Claude Code tells what developers did in August and
 September, some with keys (charged by use, which bill and usage report carry already) and data
 scientists on a team subscription (paid with the seat). The Console's CSV exports tell the costs of
 early August, rounded to cents, and the usage of early September again and add
 nothing.""".replace("\n", "")

COST_COLUMNS = (
    "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
    "list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status"
)
USAGE_COLUMNS = (
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
    "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
    "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
    "web_search_count,inference_geo,speed"
)
WORKSPACE = {None: "Default", "wrkspc_BwCoding": "Coding", "wrkspc_BwDesk": "Desk",
             "wrkspc_BwResearch": "Research"}  # fmt: skip
TOKEN_TYPE = {
    "uncached_input_tokens": "input_no_cache",
    "cache_read_input_tokens": "input_cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "input_cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "input_cache_write_1h",
    "output_tokens": "output",
}
SHOWN = {REPORT_MODEL[alias]: name for alias, name in DISPLAY.items()}
BAND = {"0-200k": "≤ 200k", "200k-1M": "> 200k", None: ""}


def write(books: Books, rng: Random) -> None:
    write_claude_code(books, rng)
    write_console_costs(books)
    write_console_usage(books)


def code_record(day: date, actor: dict, customer: str, tokens: tuple[int, ...]) -> dict:
    uncached, output, read, written = tokens
    return {
        "date": f"{day}T00:00:00Z", "actor": actor,
        "organization_id": "dc9f6c26-b22c-4831-8d01-0446bada88f1", "customer_type": customer,
        "subscription_type": "team" if customer == "subscription" else None,
        "terminal_type": "vscode", "is_remote": False,
        "core_metrics": {"num_sessions": 1 + uncached % 5,
                         "lines_of_code": {"added": output // 40, "removed": output // 90},
                         "commits_by_claude_code": 1, "pull_requests_by_claude_code": 0},
        "tool_actions": {"edit_tool": {"accepted": 9, "rejected": 1}},
        "model_breakdown": [{
            "model": "claude-sonnet-5",
            "tokens": {"input": uncached, "output": output, "cache_read": read,
                       "cache_creation": written},
            "estimated_cost": {"amount": (uncached * 2 + output * 10) // 10_000,
                               "currency": "USD"},
        }],
    }  # fmt: skip


def write_claude_code(books: Books, rng: Random) -> None:
    """Two engineers and a key charged by use, two data scientists on seats; Tuesdays only."""
    name, entry = "anthropic/claude_code", books.dataset("anthropic/claude_code")
    staff = people()
    coders = [p for p in staff if p.department == "engineering"][:2]
    scientists = [p for p in staff if p.department == "data-science"][:2]

    def person(p) -> dict:
        return {"type": "user_actor", "email_address": p.email}

    key = {"type": "api_actor", "api_key_name": f"claude_code_key_{coders[0].gateway_user}_abcd"}
    lines: dict[str, list[str]] = {"2026-08": [], "2026-09": []}
    tuesdays = [d for d in days(date(2026, 8, 1), date(2026, 9, 30)) if d.weekday() == 1]
    for day in tuesdays:
        found = []
        for actor, customer in [
            *((person(p), "api") for p in coders), (key, "api"),
            *((person(p), "subscription") for p in scientists),
        ]:  # fmt: skip
            tokens = (rng.randint(2_000, 9_000), rng.randint(900, 4_000),
                      rng.randint(100, 400) * 1_000, rng.randint(5, 20) * 1_000)  # fmt: skip
            found.append(code_record(day, actor, customer, tokens))
            entry["accepted"] += 1
            where = entry["tokens"]
            if customer == "subscription":
                entry["not_billable"] += 1
                where = entry.setdefault("tokens_not_billable", {})
            meters = ("input", "output", "cache_read", "cache_write_5m")
            for meter, n in zip(meters, tokens, strict=True):
                add(where, f"{meter}_tokens", n)
        # A day comes in pages; the second page holds other actors.
        for part, token in ((found[:3], "page_Invented1"), (found[3:], None)):
            page = {"data": part, "has_more": token is not None, "next_page": token}
            lines[f"{day:%Y-%m}"].append(json.dumps(page))
            entry["records"] += len(part)
        if day == tuesdays[-1]:
            early = json.loads(json.dumps(found[:2]))
            early[0]["model_breakdown"][0]["tokens"]["input"] -= 500
            path = f"{name}/claude_code_{day}__exported_{day}.json"
            books.put(
                path, json.dumps({"data": early, "has_more": False, "next_page": None}) + "\n"
            )
            entry["records"] += 2
            entry["superseded"] += 1
            entry["duplicates"] += 1
            books.plant(path, "records 1 and 2", "exported during the day: the first is replaced "
                        "by a later record of the same actor, the second unchanged")  # fmt: skip
    stranger = code_record(date(2026, 9, 1), person(coders[1]), "reseller", (1, 1, 1, 1))
    page = {"data": [stranger], "has_more": False, "next_page": None}
    lines["2026-09"].append(json.dumps(page))
    entry["records"] += 1
    entry["quarantined"] = {"unknown customer_type": 1}
    for month, exported in (("2026-08", "2026-09-03"), ("2026-09", "2026-10-02")):
        path = f"{name}/claude_code_{month}__exported_{exported}.jsonl.gz"
        books.put(path, "\n".join(lines[month]) + "\n")
    books.plant(path, f"line {len(lines['2026-09'])}", "customer_type reseller: who pays?")


def results_of(books: Books, path: str, first: date, last: date) -> list[tuple[date, dict]]:
    page = json.loads(gzip.decompress(books.files[path]))
    return [
        (date.fromisoformat(bucket["starting_at"][:10]), row)
        for bucket in page["data"]
        for row in bucket["results"]
        if first <= date.fromisoformat(bucket["starting_at"][:10]) <= last
    ]


def write_console_costs(books: Books) -> None:
    """1 to 10 August in dollars and cents; first delivered two days short of it."""
    name, entry = "anthropic/console_cost_csv", books.dataset("anthropic/console_cost_csv")
    path = "anthropic/cost_report/cost_report_2026-08_p1__exported_2026-09-03.json.gz"
    told = results_of(books, path, date(2026, 8, 1), date(2026, 8, 10))

    def text(day: date, row: dict) -> str:
        usd = (D(row["amount"]) / 100).quantize(D("0.01"), ROUND_HALF_UP)
        kind = "batch" if row["service_tier"] == "batch" else "message"
        cost_type = "token" if row["cost_type"] == "tokens" else row["cost_type"]
        return (
            f"{day},{SHOWN.get(row['model'], '')},{WORKSPACE[row['workspace_id']]},"
            f",{kind},{BAND[row['context_window']]},{TOKEN_TYPE.get(row['token_type'], '')},{usd},"
            f"{usd},{cost_type},{row['inference_geo'] or ''},,,\n"
        )

    for _, row in told:
        usd = (D(row["amount"]) / 100).quantize(D("0.01"), ROUND_HALF_UP)
        entry["accepted"] += 1
        add(entry["money"], "USD", usd)
    files = [("2026-08-08", date(2026, 8, 8)), ("2026-09-03", date(2026, 8, 10))]
    for exported, last in files:
        part = [text(day, row) for day, row in told if day <= last]
        path = f"{name}/claude_api_cost_2026-08__exported_{exported}.csv"
        books.put(path + ("" if last.day == 8 else ".gz"), COST_COLUMNS + "\n" + "".join(part))
        entry["records"] += len(part)
        if last.day == 8:
            entry["superseded"] += len(part)
            books.plant(path, "all days", "replaced by the export of September")


def write_console_usage(books: Books) -> None:
    """1 to 7 September by day, and a file without cache columns, which is refused."""
    name, entry = "anthropic/console_usage_csv", books.dataset("anthropic/console_usage_csv")
    path = "anthropic/usage_report/usage_report_2026-09_p1__exported_2026-10-02.json.gz"
    lines = [USAGE_COLUMNS + "\n"]
    for day, row in results_of(books, path, date(2026, 9, 1), date(2026, 9, 7)):
        written, searches = row["cache_creation"], row["server_tool_use"]["web_search_requests"]
        counts = {
            "input_tokens": row["uncached_input_tokens"],
            "cache_write_5m_tokens": written["ephemeral_5m_input_tokens"],
            "cache_write_1h_tokens": written["ephemeral_1h_input_tokens"],
            "cache_read_tokens": row["cache_read_input_tokens"],
            "output_tokens": row["output_tokens"],
            "web_searches": searches,
        }
        lines.append(
            f"{day},{row['model']},{row['api_key_id'] or ''},{WORKSPACE[row['workspace_id']]},"
            f"{row['service_tier']},{BAND[row['context_window']]},"
            f"{','.join(str(n) for n in counts.values())},{row['inference_geo']},\n"
        )
        entry["accepted"] += 1
        for meter, n in counts.items():
            if n:
                add(entry["tokens"], meter, n)
    entry["records"] += len(lines) - 1
    books.put(f"{name}/usage_2026-09-01_2026-09-07__exported_2026-10-02.csv.gz", "".join(lines))
    path = f"{name}/usage_short__exported_2026-10-02.csv"
    day = date(2026, 9, 8) + timedelta(days=1)
    books.put(path, "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n"
              f"{day},claude-sonnet-5,154214,2640\n")  # fmt: skip
    entry["files_refused"] = 1
    books.plant(path, "whole file", "no cache columns, most tokens would be lost: refused")
