"""Google Workspace: licences with Gemini in them, and what Gemini was asked to do."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

from ai_spend.sample import MONTHS, Books, Person, days, people, to_json, token_id

ABOUT = """
Google Workspace: marketing works with Business Plus, which has Gemini in it, and 3 of its people
have AI Expanded Access besides. Neither has a list price for AI, so these seats are counted
without a price, never at 0. Two archived accounts are no AI seats. The audit log of Gemini is
exported twice a month with overlaps; half of its events are summaries that nobody asked for, and
one person never asked for anything.
"""

NAME = "google_workspace"
EDITION, ADD_ON, ARCHIVED = ("1010020025", "1010470009", "1010340004")
FIRST_EVENT = date(2026, 4, 28)
LIST_DAY = {month: 30 if month == "2026-07" else 28 for month in MONTHS}


def write(books: Books, rng: random.Random) -> None:
    staff = [p for p in people() if p.department == "marketing"]
    write_licences(books, staff)
    write_activity(books, rng, staff)


def write_licences(books: Books, staff: list[Person]) -> None:
    name, entry = f"{NAME}/licence_assignments", books.dataset(f"{NAME}/licence_assignments")

    def page(product: str, sku: str, article: str, users: list[str]) -> str:
        items = [
            {
                "kind": "licensing#licenseAssignment",
                "etags": '"a"',
                "userId": user,
                "productId": product,
                "skuId": sku,
                "skuName": article,
            }
            for user in users
        ]
        return to_json({"kind": "licensing#licenseAssignmentList", "items": items}, "items")

    emails = [p.email for p in staff]
    for month in MONTHS:
        day = f"{month}-{LIST_DAY[month]}"
        add_on = [p.email for p in add_on_holders(staff, month)]
        books.put(f"{name}/edition__{day}.json.gz", page(
            "Google-Apps", EDITION, "Google Workspace Business Plus", emails))  # fmt: skip
        books.put(f"{name}/ai__{day}.json" + ("" if month == "2026-05" else ".gz"), page(
            "101047", ADD_ON, "AI Expanded Access", add_on))  # fmt: skip
        entry["records"] += len(emails) + 3
        entry["accepted"] += len(emails) + 3
        books.unpriced[(NAME, "business plus", month, "seats")] += len(emails)
        books.unpriced[(NAME, "ai expanded access", month, "seats")] += 3
    path = f"{name}/ai__2026-08-03.json.gz"
    books.put(path, page("101047", ADD_ON, "AI Expanded Access", emails[:3]))
    entry["records"] += 3
    entry["superseded"] += 3
    books.plant(path, "whole file", "older list: a licence changed hands in August, one seat")
    path = f"{name}/archived__2026-06-28.json.gz"
    books.put(path, page("101034", ARCHIVED, "Archived User", emails[-2:]))
    entry["records"] += 1
    entry["quarantined"] = {"no AI seat in the file": 1}
    books.plant(path, "whole file", "2 licences of archived accounts: no AI seats")


def write_activity(books: Books, rng: random.Random, staff: list[Person]) -> None:
    name, entry = f"{NAME}/gemini_activity", books.dataset(f"{NAME}/gemini_activity")
    events = sorted(
        (made for day in days(FIRST_EVENT) for made in events_of(rng, staff, day)),
        key=lambda item: item["id"]["time"],
    )
    exports = [
        date(2026, m, d) for m in range(5, 10) for d in (15, 28)] + [date(2026, 10, 1)]  # fmt: skip
    since = FIRST_EVENT
    for exported in exports:
        part = [e for e in events if str(since) <= e["id"]["time"][:10] < str(exported)]
        path = f"{name}/gemini__{exported}.json" + ("" if exported.month == 5 else ".gz")
        body = {"kind": "admin#reports#activities", "etag": f'"{exported}"', "items": part}
        books.put(path, to_json(body, "items") + "\n")
        entry["records"] += sum(len(e["events"]) for e in part)
        since = exported - timedelta(days=2)
    enter_idle_seats(books, staff, events)
    entry["accepted"] = entry["not_billable"] = sum(len(e["events"]) for e in events)
    entry["duplicates"] = entry["records"] - entry["accepted"]
    books.plant(f"{name}/*", "2 days at each seam", "the same events read again")
    path = f"{name}/drive__2026-06-20.json.gz"
    odd = event(rng, staff[0], datetime(2026, 6, 19, 9, tzinfo=UTC), ["active"], "drive")
    books.put(path, to_json({"kind": "admin#reports#activities", "items": [odd]}, "items") + "\n")
    entry["records"] += 1
    entry["quarantined"] = {"another application": 1}
    books.plant(path, "item 1", "an event of another application")


def add_on_holders(staff: list[Person], month: str) -> list[Person]:
    return staff[:3] if month != "2026-08" else staff[1:4]


def enter_idle_seats(books: Books, staff: list[Person], events: list[dict]) -> None:
    """Both licences of a person are as idle as the person: asked on less than a fifth of the
    working days of a month, or not at all. No file dates a licence: it is as old as its first list,
    or as the last use in that list's month; the first 30 days are too few."""
    asked: dict[str, set[date]] = {p.email: set() for p in staff}
    for entry in events:
        categories = {p["value"] for e in entry["events"] for p in e["parameters"]
                      if p["name"] == "event_category"}  # fmt: skip
        if "active" in categories:
            asked[entry["actor"]["email"]].add(date.fromisoformat(entry["id"]["time"][:10]))
    for of_add_on in (False, True):
        for person in staff:
            held = [m for m in MONTHS if not of_add_on or person in add_on_holders(staff, m)]
            uses = sorted(d for d in asked[person.email] if f"{d:%Y-%m}" in held)
            lists = [date.fromisoformat(f"{m}-{LIST_DAY[m]}") for m in held]
            since = min(lists[:1] + [d for d in uses if f"{d:%Y-%m}" == held[0]][-1:], default=None)
            for month in held:
                end = [d for d in days() if f"{d:%Y-%m}" == month][-1]
                work = [d for d in days() if f"{d:%Y-%m}" == month and d.weekday() < 5]
                used = [d for d in uses if f"{d:%Y-%m}" == month]
                last = max((d for d in uses if d <= end), default=None)
                if (end - since).days < 30:
                    continue
                if used or (last and (end - last).days < 30):
                    if 5 * len(used) < len(work):
                        books.little_used_seat(NAME, month, person.person_id)
                else:
                    books.idle_seat(NAME, month, person.person_id, (end - (last or since)).days,
                                    last is not None)  # fmt: skip


def events_of(rng: random.Random, staff: list[Person], day: date) -> list[dict]:
    made = []
    for person in rng.sample(staff, 2) if day.weekday() < 5 else []:
        asked = person is not staff[-1] and rng.random() < 0.6
        kinds = ["active", "inactive"] if asked and rng.random() < 0.3 else ["active"]
        moment = datetime.combine(day, time(8), UTC) + timedelta(seconds=rng.randrange(36_000))
        made.append(event(rng, person, moment, kinds if asked else ["inactive"]))
    return made


def event(
    rng: random.Random,
    person: Person,
    moment: datetime,
    categories: list[str],
    application: str = "gemini_in_workspace_apps",
) -> dict:
    actions = {"active": ["help_me_write", "summarize"], "inactive": ["summarize_proactive"]}
    told = [{"type": "ai_usage_event", "name": "feature_utilization", "parameters": [
                {"name": "action", "value": rng.choice(actions[c])},
                {"name": "app_name", "value": rng.choice(["gmail", "docs", "slides"])},
                {"name": "event_category", "value": c}]} for c in categories]  # fmt: skip
    return {
        "kind": "admin#reports#activity",
        "id": {
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{rng.randrange(1000):03d}Z",
            "uniqueQualifier": str(rng.randrange(10**18)),
            "applicationName": application,
            "customerId": "C0brindle",
        },
        "etag": f'"{token_id(rng, "")}"',
        "actor": {"email": person.email},
        "events": told,
    }
