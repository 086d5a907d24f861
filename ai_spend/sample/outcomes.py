"""What the company got: tickets of customer support, pull requests, robots repaired a day.

Tickets and the pull requests of the team's list stem from calls of the gateway's log, so that they
can be joined by session or ticket. Nothing here is spend; what a ticket is worth is a claim.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ai_spend.sample import (
    EXPORTED,
    MONTHS,
    Books,
    LogFile,
    Person,
    add,
    days,
    month_of,
    people,
    to_json,
    token_id,
)

ABOUT = """
Outcomes: a ticket of customer support is first assumed resolved and later confirmed or reversed;
  of its states the newest counts. Pull requests of May to July come from a list that engineering
  keeps, later ones from GitHub's pages, none from both. Field service counts the robots it repairs
  by day.
"""

EVENTS, METRICS, PULLS = "outcomes/events", "outcomes/metrics", "outcomes/github_pull_requests"
TICKETS_A_MONTH, PULLS_A_MONTH = 12, 5
WORTH = Decimal("4.80")  # what finance says a resolved ticket saves, in euro
LISTED = ["outcome_id", "outcome_type", "occurred_at", "status", "department", "feature", "user_id",
          "correlation_key", "correlation_value", "source_system", "reported_at"]  # fmt: skip


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def count(entry: dict, outcome_type: str, status: str, quantity: int = 1) -> None:
    """Enter an accepted outcome."""
    entry["accepted"] += 1
    add(entry.setdefault("outcomes", {}), f"{outcome_type} {status}", quantity)


def staff(department: str) -> list[Person]:
    return [p for p in people() if p.department == department]


def logged_calls(books: Books, team: str) -> list[dict]:
    """Calls of a team that succeeded, a session once, as the gateway's log has them."""
    calls = {}
    for month in MONTHS:
        path = f"litellm/spend_logs/spend_logs_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        for line in gzip.decompress(books.files[path]).decode().splitlines():
            if f'"{team}"' not in line or not line.endswith("}"):
                continue
            row = json.loads(line)
            if row["status"] != "success" or row["cache_hit"] == "True" or "startTime" not in row:
                continue
            marks = row["metadata"]
            marks = json.loads(marks) if isinstance(marks, str) else marks
            headers = {k.lower(): v for k, v in marks["requester_custom_headers"].items()}
            calls[row["session_id"]] = {
                "at": datetime.fromisoformat(row["startTime"]),
                "session": row["session_id"],
                "ticket": (marks["spend_logs_metadata"] or {}).get("ticket_id"),
                "feature": headers.get("x-cost-feature"),
            }
    return list(calls.values())


def some_of_each_month(rng: random.Random, calls: list[dict], number: int) -> list[dict]:
    chosen = []
    for month in MONTHS:
        chosen += rng.sample([c for c in calls if month_of(c["at"]) == month], number)
    return sorted(chosen, key=lambda call: call["at"])


def ticket_states(rng: random.Random, call: dict) -> list[tuple[datetime, dict]]:
    """What the help desk reports of a ticket, and when: assumed, then confirmed or reversed."""
    solved = call["at"] + timedelta(minutes=rng.randint(8, 55))
    first = solved + timedelta(hours=1)
    person = rng.choice(staff("customer-support"))
    by_ticket = call["ticket"] is not None and rng.random() < 0.4
    ticket = {
        "outcome_id": token_id(rng, "bw-", 7), "outcome_type": "ticket_resolved",
        "occurred_at": stamp(solved), "status": "assumed", "quantity": 1,
        "value_amount": WORTH, "value_currency": "EUR",
        "department": rng.choice(["customer-support", "Customer Support"]),
        "feature": call["feature"], "user_id": rng.choice([person.email, person.gateway_user]),
        "correlation_key": "ticket_id" if by_ticket else "session_id",
        "correlation_value": call["ticket"] if by_ticket else call["session"],
        "source_system": "zendesk", "reported_at": stamp(first),
    }  # fmt: skip
    dice, states = rng.random(), [(first, ticket)]
    later = first + timedelta(days=rng.randint(2, 9))
    if dice < 0.75 and month_of(later) in MONTHS:
        status = "reversed" if dice < 0.15 else "confirmed"
        states.append((later, ticket | {"status": status, "reported_at": stamp(later)}))
    return states


def write_tickets(books: Books, rng: random.Random) -> None:
    """JSON lines, a file a month with the states that were reported in it."""
    entry, faults = books.dataset(EVENTS), Counter()
    by_month: dict[str, list[tuple[datetime, dict]]] = {month: [] for month in MONTHS}
    newest = set()
    for call in some_of_each_month(rng, logged_calls(books, "team-support"), TICKETS_A_MONTH):
        states = ticket_states(rng, call)
        for at, state in states:
            by_month[month_of(at)].append((at, state))
        newest.add(to_json(states[-1][1]))
        count(entry, "ticket_resolved", states[-1][1]["status"])
        entry["superseded"] += len(states) - 1
    carried = ""
    for month in MONTHS:
        path = f"{EVENTS}/tickets_{month}__exported_{EXPORTED[month]}.jsonl.gz"
        log = LogFile(books, path, faults)
        if carried:
            entry["duplicates"] += 1
            log.add(carried, "same state as in the file before")
        states = sorted(by_month[month], key=lambda told: (told[0], told[1]["outcome_id"]))
        for number, (_, state) in enumerate(states):
            what = ""
            if (month, number) == ("2026-07", 3):
                state["feature"] = f"reply for {staff('customer-support')[2].email}"
                newest.add(to_json(state))
                what = "an address in the feature"
            log.add(to_json(state), what)
        carried = next((ln for ln in log.lines if ln in newest), "") if month == "2026-05" else ""
        add_faulty_states(log, month, states[-1][1])
        log.close()
    entry["quarantined"] = dict(faults)


def add_faulty_states(log: LogFile, month: str, state: dict) -> None:
    """States at the end of a month's file that must be refused and may replace nothing."""
    if month == "2026-06":
        spoilt = state | {"status": "reversed", "quantity": "one",
                          "reported_at": "2026-06-30T23:00:00Z"}  # fmt: skip
        log.add(to_json(spoilt), "quantity is a word", "unreadable quantity")
    if month == "2026-07":
        log.add(to_json(state)[:120], "cut in the middle", "malformed JSON")
    if month == "2026-08":
        spoilt = state | {"outcome_id": "bw-euro", "value_currency": "Euro"}
        log.add(to_json(spoilt), "value_currency is no ISO code", "unknown currency")


def write_listed_pulls(books: Books, rng: random.Random) -> None:
    """CSV in the same dataset: the list of merged pull requests that engineering kept to July."""
    entry, faults = books.dataset(EVENTS), Counter()
    log = LogFile(books, f"{EVENTS}/pull_requests_2026-05_2026-07__exported_2026-08-04.csv", faults)
    lines = [",".join(LISTED)]
    calls = some_of_each_month(rng, logged_calls(books, "team-eng"), PULLS_A_MONTH)
    for number, call in enumerate(c for c in calls if month_of(c["at"]) <= "2026-07"):
        merged = call["at"] + timedelta(hours=rng.randint(2, 5))
        written = stamp(merged)
        if number == 4:
            written = f"{merged + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+02:00"
            books.plant(log.path, f"line {number + 2}", "time with an offset")
        lines.append(",".join([
            f"robots/{1100 + number}", "pr_merged", written, "confirmed", "engineering",
            call["feature"] or "", rng.choice(staff("engineering")).login, "session_id",
            call["session"], "github", "",
        ]))  # fmt: skip
        count(entry, "pr_merged", "confirmed")
    for line in lines:
        log.add(line)
    log.close()
    entry["records"] -= 1  # the header
    path = f"{EVENTS}/survey__exported_2026-07-15.csv"
    person = staff("customer-support")[3]
    books.put(path, f"asked,answered_by,stars\n2026-07-14,{person.email},5\n")
    books.plant(path, "whole file", "another layout in the wrong folder: refused")
    entry["files_refused"] = 1


def pull(number: int, login: str, merged: datetime | None, state: str = "closed") -> dict:
    """A pull request as GitHub lists it, cut down to what says something."""
    changed = merged or datetime(2026, 8, 31, 9, tzinfo=UTC)
    return {
        "id": 2_960_000_000 + number, "number": number, "state": state,
        "title": f"Change {number}", "user": {"login": login, "type": "User"},
        "updated_at": stamp(changed), "closed_at": stamp(changed) if state == "closed" else None,
        "merged_at": stamp(merged) if merged else None, "labels": [], "draft": False,
        "head": {"ref": f"feat/{number}"},
        "base": {"ref": "main", "repo": {"full_name": "brindlewick/robots"}},
    }  # fmt: skip


def write_pulls(books: Books, rng: random.Random) -> None:
    """Two saved pages: August and September, one object per line of a list."""
    entry, logins = books.dataset(PULLS), [p.login for p in staff("engineering")]
    pages: dict[str, list[dict]] = {}
    for n, month in enumerate(MONTHS[-2:]):
        start = datetime(2026, 8 + n, 2, tzinfo=UTC)
        pages[month] = [
            pull(1120 + 10 * n + i, rng.choice(logins),
                 start + timedelta(days=5 * i, minutes=rng.randint(500, 1100)))
            for i in range(PULLS_A_MONTH)
        ]  # fmt: skip
    waiting, dropped, repeated = pull(1126, logins[4], None, "open"), None, pages["2026-08"][4]
    dropped = pull(1127, logins[9], None)
    merged = pull(1126, logins[4], datetime(2026, 9, 4, 13, 5, tzinfo=UTC))
    pages["2026-08"] += [waiting, dropped]
    pages["2026-09"] += [merged, repeated]
    for month, page in pages.items():
        path = f"{PULLS}/pulls_{month}__exported_{EXPORTED[month]}.json"
        books.put(path, "[\n" + ",\n".join(map(to_json, page)) + "\n]\n")
        entry["records"] += len(page)
    august = f"{PULLS}/pulls_2026-08__exported_{EXPORTED['2026-08']}.json"
    books.plant(august, "number 1126", "open; merged in the next page")
    books.plant(august, "number 1127", "closed without a merge: no outcome")
    entry["superseded"], entry["duplicates"] = 1, 1
    entry["quarantined"] = {"not merged": 1}
    for _ in range(2 * PULLS_A_MONTH + 1):
        count(entry, "pr_merged", "confirmed")


def write_metrics(books: Books, rng: random.Random) -> None:
    """Counts of working days; the second file states the last week of the first again."""
    entry = books.dataset(METRICS)
    counts = {day: rng.randint(3, 19) for day in days() if day.weekday() < 5}
    first = f"{METRICS}/field_service_2026-05_2026-07__exported_2026-07-30.csv"
    second = f"{METRICS}/field_service_2026-07_2026-09__exported_2026-10-02.csv"
    was = {day: n for day, n in counts.items() if day <= date(2026, 7, 29)}
    was[date(2026, 7, 29)] -= 2  # the day was not over
    now = {day: n for day, n in counts.items() if day >= date(2026, 7, 27)}
    unclear = date(2026, 9, 17)
    for path, part in ((first, was), (second, now)):
        lines = [f"{day},robots_repaired,{n}" for day, n in part.items()]
        if path == second:
            lines.insert(list(part).index(unclear) + 1, f"{unclear},robots_repaired,1")
            lines.append("2026-09-30,robots_checked,0")
        entry["records"] += len(lines)
        books.put(path, "\n".join(["date,metric,quantity", *lines]) + "\n")
    books.plant(first, "2026-07-29", "too low; the next file states the day again")
    books.plant(second, f"{unclear}", "counted twice and differently: neither is believed")
    books.plant(second, "last line", "a count of 0")
    entry["superseded"] = 1
    entry["duplicates"] = sum(day in now for day in was) - 1
    entry["quarantined"] = {"two counts of one day": 2, "not above 0": 1}
    for day, n in counts.items():
        if day != unclear:
            count(entry, "robots_repaired", "confirmed", n)


def write(books: Books, rng: random.Random) -> None:
    write_tickets(books, rng)
    write_listed_pulls(books, rng)
    write_pulls(books, rng)
    write_metrics(books, rng)
