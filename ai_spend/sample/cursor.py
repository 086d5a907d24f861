"""Cursor team of Brindlewick: 14 data scientists, an unpaid administrator and a cloud agent."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

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
)

ABOUT = """Cursor: member lists, paged daily usage of August (the first days of September without
paging), running spend totals of cycles that begin on the 14th, usage events of June to September by
the API, and the dashboard's CSV of May and of the first half of June, which the API tells as well.
Windows of the API share their borders, the last day of a pull is stated again by the next one. Only
on-demand events cost money; included ones have a value that the seat has paid. Seats have no price:
no export names plan or fee. One member is removed in July, two are idle all of August."""

MODELS = ["auto", "claude-sonnet-5", "gpt-5.4"]
CLASSES = {"inputTokens": "input_tokens", "cacheReadTokens": "cache_read_tokens",
           "cacheWriteTokens": "cache_write_5m_tokens",
           "outputTokens": "output_tokens"}  # fmt: skip
CSV_COLUMNS = (
    "Date,User,Cloud Agent ID,Automation ID,Kind,Model,Max Mode,Input (w/ Cache Write),"
    "Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n"
)


@dataclass(frozen=True)
class Event:
    at: datetime
    person: Person
    model: str
    kind: str
    cents: D
    tokens: tuple[int, int, int, int]  # in the order of CLASSES
    agent: str = ""

    @property
    def charged(self) -> bool:
        return self.kind == "Usage-based"

    @property
    def ms(self) -> int:
        return int(self.at.timestamp() * 1000)


def team() -> list[Person]:
    return [p for p in people() if p.department == "data-science"]


def events(rng: random.Random) -> list[Event]:
    found = []
    for day in days(date(2026, 5, 4), date(2026, 9, 30)):
        for person in team()[:12]:
            if day.weekday() > 4 or rng.random() > 0.35:
                continue
            at = datetime(day.year, day.month, day.day, rng.randint(7, 18), rng.randint(0, 59),
                          rng.randint(0, 59), tzinfo=UTC)  # fmt: skip
            kind = rng.choice(["Included in Business", "Included in Business", "Usage-based"])
            cents, tokens = (
                D(rng.randint(10, 9000)) / 100,
                tuple(rng.randint(0, 9) * k for k in (900, 7000, 800, 300)),
            )
            agent = "bc-bw-agent" if person.number % 6 == 0 and kind == "Usage-based" else ""
            if rng.random() < 0.03:
                kind, tokens = "Errored, No Charge", (0, 0, 0, 0)
            found.append(Event(at, person, rng.choice(MODELS), kind, cents, tokens, agent))
    return sorted(found, key=lambda e: (e.at, e.person.number))


def event_json(event: Event) -> dict:
    row = {
        "timestamp": str(event.ms), "userEmail": event.person.email, "model": event.model,
        "kind": event.kind, "maxMode": False, "requestsCosts": 1, "isTokenBasedCall": True,
        "isChargeable": event.charged, "isHeadless": bool(event.agent),
        "tokenUsage": dict(zip(CLASSES, event.tokens, strict=True))
        | {"totalCents": Literal(plain(event.cents))},
        "chargedCents": Literal(plain(event.cents)),
    }  # fmt: skip
    return row | {"cloudAgentId": event.agent} if event.agent else row


def account(entry: dict, books: Books, event: Event, dataset: str, cost: D, billed: bool) -> None:
    """An accepted event; ``billed``: in a month whose money this export carries."""
    entry["accepted"] += 1
    for meter, n in zip(CLASSES.values(), event.tokens, strict=True):
        if n and event.charged:
            add(entry["tokens"], meter, n)
    if not event.charged:
        entry["not_billable"] += 1
        return
    add(entry["money"], "USD", cost)
    if billed:
        books.charge("cursor", "usage", month_of(event.at), dataset, "Stated", cost)


def write_events(books: Books, found: list[Event]) -> None:
    name, entry = "cursor/usage_events", books.dataset("cursor/usage_events")

    def put(path: str, first: datetime, last: datetime, source: list[Event]) -> int:
        rows = [e for e in source if first <= e.at <= last]
        half = len(rows) // 2
        for page, part in enumerate((rows[:half], rows[half:]), start=1):
            document = {
                "totalUsageEventsCount": len(rows),
                "pagination": {"numPages": 2, "currentPage": page, "pageSize": half,
                               "hasNextPage": page == 1, "hasPreviousPage": page == 2},
                "usageEvents": [event_json(e) for e in part],
                "period": {"startDate": int(first.timestamp() * 1000),
                           "endDate": int(last.timestamp() * 1000)},
            }  # fmt: skip
            books.put(path.replace("_p_", f"_p{page}_"), to_json(document, "usageEvents"))
        entry["records"] += len(rows)
        return len(rows)

    border = datetime(2026, 7, 1, tzinfo=UTC)
    on_border = Event(border, team()[0], "auto", "Usage-based", D("12.5"), (100, 0, 0, 20))
    known = sorted([*(e for e in found if e.at >= datetime(2026, 6, 1, tzinfo=UTC)), on_border],
                   key=lambda e: (e.at, e.person.number))  # fmt: skip
    twin = next(e for e in known if e.charged and e.at.month == 8)
    known.insert(known.index(twin), twin)
    for month in ("2026-06", "2026-07", "2026-08", "2026-09"):
        first = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        last = (first + timedelta(days=31)).replace(day=1)
        path = f"{name}/events_{month}_p___exported_{EXPORTED[month]}.json.gz"
        put(path, first, last, known)
        if month == "2026-07":
            books.plant(path.replace("_p_", "_p1_"), "first event",
                        "on the border of two windows: in the pull of June too")  # fmt: skip
            entry["superseded"] += 1
        if month == "2026-08":
            books.plant(path.replace("_p_", "_p*_"), f"{twin.at:%Y-%m-%d %H:%M}",
                        "two equal events, both real")  # fmt: skip
    # The last days of September were pulled early, when their events were not complete.
    first, last = datetime(2026, 9, 28, tzinfo=UTC), datetime(2026, 9, 30, 23, tzinfo=UTC)
    early = [Event(e.at, e.person, e.model, e.kind, D(1), e.tokens, e.agent) for e in known]
    path = f"{name}/events_2026-09-28_p___exported_2026-10-01.json.gz"
    entry["superseded"] += put(path, first, last, early)
    books.plant(path.replace("_p_", "_p*_"), "whole files", "stated again by the next pull")
    for event in known:
        account(entry, books, event, name, event.cents * D("0.01"), billed=True)


def write_csv(books: Books, found: list[Event]) -> None:
    """May and half of June; amounts are rounded to cents of a dollar."""
    name, entry = "cursor/usage_csv", books.dataset("cursor/usage_csv")

    def cost(event: Event) -> D:
        return (event.cents / 100).quantize(D("0.01"))

    def line(event: Event) -> str:
        plain_input, read, written, output = event.tokens
        numbers = ",".join(
            f'"{n:,}"' for n in (written, plain_input, read, output, sum(event.tokens))
        )
        kind = event.kind.replace("Usage-based", "On-Demand").replace(" in Business", "")
        price = f"${cost(event)}" if event.charged else "Included" if "Incl" in kind else "-"
        return (f'"{event.at:%Y-%m-%dT%H:%M:%S}.000Z","{event.person.email}","{event.agent}","",'
                f'"{kind}","{event.model}","No",{numbers},"{price}"\n')  # fmt: skip

    def put(path: str, first: date, last: date, extra: str = "") -> list[Event]:
        rows = [e for e in found if first <= e.at.date() <= last]
        books.put(path, CSV_COLUMNS + "".join(map(line, rows)) + extra)
        entry["records"] += len(rows) + bool(extra)
        return rows

    path = f"{name}/usage_2026-05-01_2026-05-20__exported_2026-05-21.csv.gz"
    entry["superseded"] = len(put(path, date(2026, 5, 1), date(2026, 5, 20)))
    books.plant(path, "whole file", "its days are stated again by the next export")
    path = f"{name}/usage_2026-05-01_2026-06-15__exported_2026-06-16.csv"
    wrong = '"2026-06-15T18:59:59.000Z","","","","Included","auto","No","0","900","2,048","310","9,999","Included"\n'  # noqa: E501
    rows = put(path, date(2026, 5, 1), date(2026, 6, 15), wrong)
    books.plant(path, "last line", "token columns that do not add up to the total")
    entry["quarantined"] = {"the token columns do not add up to Total Tokens": 1}
    for event in rows:
        account(entry, books, event, name, cost(event), billed=event.at.month == 5)


def write_people(books: Books, rng: random.Random) -> None:
    name, entry = "cursor/members", books.dataset("cursor/members")
    removed = team()[5]
    for listed in (
        "2026-05-28",
        "2026-06-26",
        "2026-07-06",
        "2026-07-30",
        "2026-08-28",
        "2026-09-28",
    ):
        month = listed[:7]
        rows = [{"id": f"user_cu{p.number:03}", "name": " ".join(p.names).title(), "email": p.email,
                 "role": "member", "isRemoved": p == removed and listed > "2026-07-06"}
                for p in team()]  # fmt: skip
        boss = next(p for p in people() if p.department == "finance")
        rows.append({"id": "user_cu999", "name": "Desk", "email": boss.email, "role": "free-owner",
                     "isRemoved": False})  # fmt: skip
        path = f"{name}/members__exported_{listed}.json" + ("" if month == "2026-09" else ".gz")
        books.put(path, to_json({"teamMembers": rows}, "teamMembers"))
        entry["records"] += len(rows)
        if listed == "2026-07-06":
            entry["superseded"] += len(rows)
            continue
        entry["accepted"] += len(rows)
        paid = len(team()) - (month > "2026-07")
        books.unpriced["cursor", "unknown", month, "seats"] += paid
        books.unpriced["cursor", "free", month, "seats"] += 0
    books.plant(f"{name}/members__exported_2026-07-30.json.gz", removed.gateway_user,
                "removed during July: still a seat of July")  # fmt: skip

    name, entry = "cursor/daily_usage", books.dataset("cursor/daily_usage")
    staff = [p for p in team() if p != removed]

    def page(day: date, active: list[Person], paged: bool) -> str:
        rows = [{"userId": 4000 + p.number, "email": p.email, "day": f"{day}",
                 "date": int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000),
                 "isActive": p in active, "agentRequests": 4 if p in active else 0,
                 "subscriptionIncludedReqs": 5 if p in active else 0, "usageBasedReqs": 0,
                 "apiKeyReqs": 0} for p in staff if paged or p in active]  # fmt: skip
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        document = {"data": rows, "period": {"startDate": int(start.timestamp() * 1000),
                                             "endDate": int(start.timestamp() * 1000)
                                             + 86_399_999}}  # fmt: skip
        if paged:
            document["pagination"] = {"page": 1, "pageSize": 50, "totalUsers": len(staff),
                                      "totalPages": 1, "hasNextPage": False,
                                      "hasPreviousPage": False}  # fmt: skip
        entry["records"] += len(rows)
        return to_json(document) + "\n"

    august = days(date(2026, 8, 1), date(2026, 8, 31))
    lines = [page(d, [p for p in staff[2:] if d.weekday() < 5 and rng.random() < 0.7], True)
             for d in august]  # fmt: skip
    books.put(f"{name}/daily_2026-08__exported_2026-09-03.jsonl.gz", "".join(lines))
    for person in staff[:2]:  # watched and silent from the 1st to the 31st
        books.idle_seat("cursor", "2026-08", person.person_id, 30)
    september = days(date(2026, 9, 1), date(2026, 9, 4))
    lines = [page(d, staff[2:8], False) for d in september]
    path = f"{name}/daily_2026-09-01__exported_2026-09-05.jsonl.gz"
    books.put(path, "".join(lines))
    books.plant(path, "whole file", "pulled without paging: idle members are missing")
    entry["accepted"] = len(staff) + 6
    entry["superseded"] = entry["records"] - entry["accepted"]


def write_spend(books: Books, rng: random.Random) -> None:
    """Two readings of each cycle: the money stands in the events."""
    name, entry = "cursor/spend", books.dataset("cursor/spend")
    for cycle, early, late in ((date(2026, 6, 14), "2026-06-30", "2026-07-13"),
                               (date(2026, 7, 14), "2026-07-30", "2026-08-13")):  # fmt: skip
        start = datetime(cycle.year, cycle.month, cycle.day, tzinfo=UTC)
        for read, factor in ((early, 1), (late, 3)):
            rows = [{"userId": f"user_cu{p.number:03}", "name": " ".join(p.names).title(),
                     "email": p.email, "role": "member",
                     "spendCents": Literal(plain(D(factor * 100 * (p.number % 7)) + D("0.25"))),
                     "overallSpendCents": factor * 1200 + 1, "fastPremiumRequests": 0,
                     "hardLimitOverrideDollars": 0, "monthlyLimitDollars": None}
                    for p in team()]  # fmt: skip
            books.put(f"{name}/spend__exported_{read}.json.gz", to_json({
                "teamMemberSpend": rows, "totalMembers": len(rows), "totalPages": 1,
                "subscriptionCycleStart": int(start.timestamp() * 1000),
            }))  # fmt: skip
            entry["records"] += len(rows)
            entry["accepted" if factor == 3 else "superseded"] += len(rows)
    books.plant(f"{name}/spend__exported_2026-07-13.json.gz", "whole file",
                "a running total of the cycle: its money stands in the usage events")  # fmt: skip


def write(books: Books, rng: random.Random) -> None:
    found = events(rng)
    write_events(books, found)
    write_csv(books, found)
    write_people(books, rng)
    write_spend(books, rng)
