"""ChatGPT workspace of Brindlewick: 34 people of four departments; credits, never money."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from ai_spend.sample import (
    EXPORTED,
    Books,
    Literal,
    Person,
    add,
    days,
    month_of,
    people,
    plain,
    to_json,
    token_id,
)

ABOUT = """ChatGPT: user analytics by month until August and by week in September (one week of July
besides, which the month tells already; July is exported twice), the older credit CSV until July and
COSTS events from July on, delivered more than once. In July both tell the same credits, and the
events go first. Credits have no price: all of them are listed as unpriced. Seats are paid by the
year, which begins in May 2026, at 25 USD a seat and month: 33 seats in May for twelve months, one
more in July for the ten months left. One person is only invited until the end of June."""

ACCOUNT = "acc-bw-workspace"
# By contract (seeds/prices/seat_contracts.csv): for a seat and month, paid a year at once.
SEAT_PRICE = Decimal(25)
YEAR = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12",
        "2027-01", "2027-02", "2027-03", "2027-04")  # fmt: skip
DEPARTMENTS = ("sales", "marketing", "finance", "people-operations")
COLUMNS = (
    "cadence,period_start,period_end,account_id,public_id,name,email,role,user_role,department,"
    "groups,user_status,created_or_invited_date,is_active,first_day_active_in_period,"
    "last_day_active_in_period,messages,messages_rank,model_to_messages,gpt_messages,"
    "gpts_messaged,gpt_to_messages,credits_used,last_day_active\r\n"
)
CREDIT_COLUMNS = (
    "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,"
    "usage_quantity,usage_units\n"
)
TOKEN_KINDS = {
    "input": "input_tokens",
    "cached_input": "cache_read_tokens",
    "output": "output_tokens",
}
SKUS = {"Input": "input_tokens", "Cached Input": "cache_read_tokens", "Output": "output_tokens"}


def workspace() -> list[Person]:
    return [p for p in people() if p.department in DEPARTMENTS]


def status(person: Person, month: str) -> str:
    return "pending" if person.number % 17 == 3 and month <= "2026-06" else "enabled"


def analytics_row(rng, person: Person, cadence: str, first: date, last: date, state: str) -> str:
    """One row; who is idle (every ninth) or invited was last seen before the period, or never."""
    active = state == "enabled" and person.number % 9 != 5
    messages = rng.randint(4, 180) if active else 0
    begin = first + timedelta(days=rng.randint(0, 2)) if active else ""
    end = last - timedelta(days=rng.randint(0, 3)) if active else ""
    ever = end or ("2026-02-11" if state == "enabled" else "")
    models = f"{{'gpt-5-4': {messages}}}" if active else "{}"
    gpts = "{'Ada's offer writer, new': 2}" if active and person.number % 5 == 0 else "{}"
    name = " ".join(person.names).title()
    return (
        f"{cadence},{first},{last},{ACCOUNT},user-bw{person.number:03},{name},{person.email},"
        f"standard-user,user,{person.department},\"['all']\",{state},2026-01-12,{int(active)},"
        f'{begin},{end},{messages},{person.number},"{models}",{messages // 9},1,"{gpts}",'
        f"{messages // 4},{ever}\r\n"
    )


def write_analytics(books: Books, rng: random.Random) -> None:
    name, entry = "chatgpt/user_analytics", books.dataset("chatgpt/user_analytics")
    staff = workspace()
    bought = 0

    def put(path: str, cadence: str, first: date, last: date, extra: str = "") -> None:
        month = month_of(first)
        rows = [analytics_row(rng, p, cadence, first, last, status(p, month)) for p in staff]
        books.put(path, "\ufeff" + COLUMNS + "".join(rows) + extra)
        entry["records"] += len(rows) + bool(extra)

    def counted(month: str) -> None:
        nonlocal bought
        entry["accepted"] += len(staff)
        if month != "2026-09":  # weeks: the first days of the month are in none of them
            end = date.fromisoformat(f"{month}-01") + timedelta(days=29)
            for person in staff:
                if status(person, month) == "enabled" and person.number % 9 == 5:
                    books.idle_seat("chatgpt", month, person.person_id,
                                    (end - date(2026, 2, 11)).days)  # fmt: skip
        enabled = sum(status(p, month) == "enabled" for p in staff)
        if enabled > bought:
            months = len(YEAR) - YEAR.index(month)
            amount = (enabled - bought) * months * SEAT_PRICE
            books.charge("chatgpt", "seat", month, name, "Estimated", amount)
            bought = enabled

    for month in ("2026-05", "2026-06", "2026-07", "2026-08"):
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        path, extra = f"{name}/monthly_{month}__exported_{EXPORTED[month]}.csv.gz", ""
        if month == "2026-06":
            guest = analytics_row(rng, staff[0], "Monthly", first, last, "enabled")
            extra = guest.replace(",enabled,", ",guest,").replace("user-bw", "guest-bw")
            entry["quarantined"] = {"unknown user_status": 1}
            books.plant(path, f"line {len(staff) + 2}", "a status that nobody knows")
        put(path, "Monthly", first, last, extra)
        counted(month)
        if month == "2026-07":
            entry["superseded"] += len(staff)
            books.plant(path, "whole file", "replaced by the export of 2026-08-20")
            put(f"{name}/monthly_2026-07__exported_2026-08-20.csv", "Monthly", first, last)
    path = f"{name}/weekly_2026-07-05__exported_2026-07-13.csv.gz"
    put(path, "Weekly", date(2026, 7, 5), date(2026, 7, 11))
    entry["superseded"] += len(staff)
    books.plant(path, "whole file", "a week of a month that the monthly report tells")
    weeks = [date(2026, 9, 6) + timedelta(days=7 * i) for i in range(4)]
    for first in weeks:
        last = first + timedelta(days=6)
        exported = last + timedelta(days=2)
        put(f"{name}/weekly_{first}__exported_{exported}.csv.gz", "Weekly", first, last)
    entry["superseded"] += len(staff) * (len(weeks) - 1)
    counted("2026-09")
    path = f"{name}/projects__exported_2026-09-03.csv"
    books.put(path, "project_id,project_name,unique_messagers_workspace\np1,Fair,4\n")
    books.plant(path, "whole file", "another report in the wrong folder: refused")
    entry["files_refused"] = 1


def write_credits(books: Books, rng: random.Random) -> None:
    """Token lines and tasks of six people; June is exported twice, July is told by events too."""
    name, entry = "chatgpt/credit_usage", books.dataset("chatgpt/credit_usage")
    rows: dict[date, list[tuple[str, str, int, int, str]]] = {}
    for day in days(date(2026, 5, 4), date(2026, 7, 31)):
        if day.weekday() not in (0, 2):
            continue
        rows[day] = []
        for person in workspace()[::6]:
            kind, units = f"gpt_5_4_text_{rng.choice(list(TOKEN_KINDS))}", rng.randint(5, 90) * 1000
            line = (f"api.{kind}_v_1", rng.randint(1, 40), units, "tokens")
            if person.number % 4 == 1:
                line = ("codex", 10, 2, "counts")
            rows[day].append((person.email, *line))
        if day == date(2026, 6, 17):
            rows[day].append(rows[day][0])  # the same once more, and real

    def put(path: str, first: date, last: date, broken: str = "") -> None:
        lines = [f"{day},{ACCOUNT},u,{mail},,pu,{kind},{credits},{units},{unit}\n"
                 for day in days(first, last) for mail, kind, credits, units, unit
                 in rows.get(day, [])]  # fmt: skip
        books.put(path, CREDIT_COLUMNS + "".join(lines) + broken)
        entry["records"] += len(lines) + bool(broken)

    path = f"{name}/credits_2026-05-01_2026-06-15__exported_2026-06-16.csv.gz"
    put(path, date(2026, 5, 1), date(2026, 6, 15))
    books.plant(path, "days 2026-06-01 to 06-15", "replaced by the next export")
    entry["superseded"] = sum(len(r) for d, r in rows.items()
                              if date(2026, 6, 1) <= d <= date(2026, 6, 15))  # fmt: skip
    path = f"{name}/credits_2026-06-01_2026-07-31__exported_2026-08-04.csv.gz"
    put(path, date(2026, 6, 1), date(2026, 7, 31), f"2026-07-31,{ACCOUNT},u,,,pu,codex,,2,counts\n")
    books.plant(path, "last line", "no credits, which is not 0")
    books.plant(path, "day 2026-06-17", "two equal lines, both real")
    entry["quarantined"] = {"unreadable usage_credits": 1}
    for day, lines in rows.items():
        entry["accepted"] += len(lines)
        for _, kind, credits, units, unit in lines:
            model = "gpt_5_4" if unit == "tokens" else kind
            if unit == "tokens":
                add(
                    entry.setdefault("tokens_not_billable", {}),
                    TOKEN_KINDS[kind.split("_text_")[1][:-4]],
                    units,
                )
            add(entry["tokens"], "chatgpt_credits", credits)
            if day < date(2026, 7, 1):
                books.unpriced["chatgpt", model, month_of(day), "chatgpt_credits"] += credits


def write_events(books: Books, rng: random.Random) -> None:
    name, entry = "chatgpt/cost_events", books.dataset("chatgpt/cost_events")
    before: list[str] = []
    for month in ("2026-07", "2026-08", "2026-09"):
        lines = []
        for day in days(date.fromisoformat(f"{month}-01"), date.fromisoformat(f"{month}-28")):
            if day.weekday() not in (0, 2):
                continue
            for person in workspace()[::5]:
                billing, model = [], rng.choice(["gpt-5.4", "gpt-5.6-sol"])
                for sku, meter in SKUS.items():
                    units, credits = rng.randint(2, 90) * 512, rng.randint(1, 9)
                    billing.append({
                        "sku": f"{model} - {sku}", "quantity": {"value": units, "unit": "tokens"},
                        "cost": {"value": Literal(plain(Decimal(credits))), "unit": "CREDITS"},
                    })  # fmt: skip
                    add(entry.setdefault("tokens_not_billable", {}), meter, units)
                    add(entry["tokens"], "chatgpt_credits", credits)
                    books.unpriced["chatgpt", model, month, "chatgpt_credits"] += credits
                identity = {"user_id": f"user-bw{person.number:03}", "email": person.email,
                            "name": " ".join(person.names), "groups": []}  # fmt: skip
                lines.append(to_json({
                    "event_id": token_id(rng, "evt_"), "type": "COSTS",
                    "timestamp": f"{day}T18:02:11Z",
                    "payload": {
                        "day": f"{day}", "hour": rng.randint(6, 17), "identity": identity,
                        "product": rng.choice(["Work", "Codex"]), "surface": "web",
                        "client": "browser", "model": model, "service_tier": "default",
                        "reasoning": "medium", "billing": billing,
                    },
                }) + "\n")  # fmt: skip
        path = f"{name}/account={ACCOUNT}/costs_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        again, extra = before[-6:], ""
        if again:
            books.plant(path, "lines 1 to 6", "delivered in the file before, at least once")
        if month == "2026-09":
            extra = lines[0][:80] + "\n"
            books.plant(path, "last line", "cut in the middle")
            entry["quarantined"] = {"malformed JSON": 1}
        books.put(path, "".join(again + lines) + extra)
        entry["records"] += len(again) + len(lines) + bool(extra)
        entry["duplicates"] += len(again)
        entry["accepted"] += len(lines)
        before = lines


def write(books: Books, rng: random.Random) -> None:
    write_analytics(books, rng)
    write_credits(books, rng)
    write_events(books, rng)
