"""Microsoft 365 Copilot: bought seats, their holders and their use, exported month by month."""

from __future__ import annotations

import hashlib
import random
from datetime import date, timedelta

from ai_spend.sample import Books, D, Literal, add, people, to_json

ABOUT = """
Microsoft 365: sales, finance and people operations have Copilot (25 people), 30 seats are bought,
32 since August, at 30 USD a month, used or not. May has only the list of users: its 24 holders are
what is charged. From June on the list of articles carries all seats, and the list of users names
the holders; one seat belongs to a kiosk account that the list of users leaves out. The usage report
changes its form every month; in August the tenant hides names.
"""

NAME = "microsoft_365_copilot"
COPILOT = "639dec6b-bb19-468b-871c-c5c441c4b0cb"
OFFICE = "05e9a617-0261-4cee-bb44-138d3ef5d965"
PRICE = D(30)
DEPARTMENTS = ("sales", "finance", "people-operations")
# Month -> day of the snapshot, bought seats (none: no list of articles).
SNAPSHOTS = {
    "2026-05": (date(2026, 5, 29), None),
    "2026-06": (date(2026, 6, 30), 30),
    "2026-07": (date(2026, 7, 31), 30),
    "2026-08": (date(2026, 8, 31), 32),
    "2026-09": (date(2026, 9, 30), 32),
}
GRAPH = ["Report Refresh Date", "User Principal Name", "Display Name", "Last Activity Date",
         "Copilot Chat Last Activity Date", "Microsoft Teams Copilot Last Activity Date",
         "Word Copilot Last Activity Date", "Excel Copilot Last Activity Date",
         "PowerPoint Copilot Last Activity Date", "Outlook Copilot Last Activity Date",
         "OneNote Copilot Last Activity Date", "Loop Copilot Last Activity Date"]  # fmt: skip
VERSION_2 = ["Prompts submitted for all apps", "Active Usage Days for all apps",
             "Copilot Agent Last Activity Date"]  # fmt: skip


def write(books: Books, rng: random.Random) -> None:
    holders = [p for p in people() if p.department in DEPARTMENTS]
    for month, (day, bought) in SNAPSHOTS.items():
        here = holders[1:] if month == "2026-05" else holders
        users = write_users(books, day, here)
        if bought:
            write_skus(books, day, bought, len(here) + 1)
            charged, dataset = bought, f"{NAME}/subscribed_skus"
            books.idle_seats.append((NAME, month, "", "certain"))  # the seats of nobody
        else:
            charged, dataset = users, f"{NAME}/assigned_licenses"
        books.charge(NAME, "seat", month, dataset, "Estimated", PRICE * charged)
        write_details(books, rng, month, day - timedelta(days=2), here)


def write_skus(books: Books, day: date, bought: int, assigned: int) -> None:
    name, entry = f"{NAME}/subscribed_skus", books.dataset(f"{NAME}/subscribed_skus")

    def page(enabled: int, consumed: int) -> str:
        def sku(sku_id: str, part: str, enabled: int, consumed: int) -> dict:
            return {"capabilityStatus": "Enabled", "consumedUnits": consumed, "skuId": sku_id,
                    "skuPartNumber": part, "appliesTo": "User",
                    "prepaidUnits": {"enabled": enabled, "suspended": 0, "warning": 0,
                                     "lockedOut": 0}}  # fmt: skip

        listed = [sku(OFFICE, "SPE_E3", 130, 120),
                  sku(COPILOT, "Microsoft_365_Copilot", enabled, consumed)]  # fmt: skip
        return to_json({"value": listed}, "value") + "\n"

    suffix = "json" if day.month == 6 else "json.gz"
    path = f"{name}/subscribed_skus__{day}.{suffix}"
    books.put(path, page(bought, assigned))
    entry["records"] += 1
    entry["accepted"] += 1
    if day.month == 6:
        path = f"{name}/subscribed_skus__{day.replace(day=10)}.json.gz"
        books.put(path, page(20, 18))
        entry["records"] += 1
        entry["superseded"] += 1
        books.plant(path, "whole file", "older snapshot of the month: 20 seats, later 30")


def write_users(books: Books, day: date, holders: list) -> int:
    """All 120 people in two pages; the number of accepted licences of Copilot."""
    name, entry = f"{NAME}/assigned_licenses", books.dataset(f"{NAME}/assigned_licenses")
    numbers, everybody = {p.number for p in holders}, people()
    if day.month == 7:  # the same person on both pages, because somebody was added in between
        everybody.insert(60, holders[0])
    for page, part in enumerate((everybody[:100], everybody[100:]), start=1):
        rows = [user(p.number, p.email, p.number in numbers) for p in part]
        if day.month == 8 and page == 2:
            rows.append(user(999, "", True))
            add(entry["quarantined"], "no user principal name", 1)
            entry["records"] += 1
        body = {"value": rows} if page == 2 else {"@odata.nextLink": "page 2", "value": rows}
        path = f"{name}/users_p{page}__{day}.json.gz"
        books.put(path, to_json(body, "value") + "\n")
        if day.month == 8 and page == 2:
            books.plant(path, "last user", "a licence of Copilot without a name")
    listed = sum(p.number in numbers for p in everybody)
    entry["records"] += listed
    entry["accepted"] += len(holders)
    entry["duplicates"] += listed - len(holders)
    if listed > len(holders):
        books.plant(f"{name}/users_p1__{day}.json.gz", "entry 61", "a user a second time")
    return len(holders)


def user(number: int, email: str, has_copilot: bool) -> dict:
    skus = [OFFICE, COPILOT] if has_copilot else [OFFICE]
    return {"id": f"00000000-0000-4000-8000-{number:012d}", "userPrincipalName": email,
            "accountEnabled": number % 40 != 0,
            "assignedLicenses": [{"disabledPlans": [], "skuId": s} for s in skus]}  # fmt: skip


def write_details(books: Books, rng: random.Random, month: str, refreshed: date, holders: list):
    """The usage report of a month in one of its forms; each person idles now and then."""
    name, entry = f"{NAME}/usage_user_detail", books.dataset(f"{NAME}/usage_user_detail")
    use = []
    for person in holders:
        if person.number % 9 == 0:  # never used it
            use.append((person, None, 0, 0))
            continue
        idle = rng.choice([0, 0, 1, 2, 5]) if person.number % 7 else 60
        prompts = 0 if idle == 60 else rng.randint(5, 200)
        use.append((person, refreshed - timedelta(days=idle), prompts, min(20, prompts // 5 + 1)))
    entry["records"] += len(use)
    entry["accepted"] += len(use)
    number = int(month[5:])
    for person, last, _, days in use if number != 8 else []:  # August names nobody
        if number == 6 and last and days < 4:  # of 20 working days; no other month tells days
            books.little_used_seat(NAME, month, person.person_id)
        elif last:
            books.idle_seat(NAME, month, person.person_id, (refreshed - last).days)
        else:  # held since the first list, of May 29
            books.idle_seat(NAME, month, person.person_id,
                            (refreshed - date(2026, 5, 29)).days, used=False)  # fmt: skip
    if number == 7:
        rows = [{"reportRefreshDate": str(refreshed), "userPrincipalName": p.email,
                 "displayName": " ".join(p.names), "lastActivityDate": str(last or ""),
                 "copilotChatLastActivityDate": str(last or ""),
                 "wordCopilotLastActivityDate": "",
                 "copilotActivityUserDetailsByPeriod": [{"reportPeriod": Literal(28)}]}
                for p, last, _, _ in use]  # fmt: skip
        path = f"{name}/usage_user_detail__{refreshed}.json.gz"
        books.put(path, to_json({"value": rows}, "value") + "\n")
        books.plant(path, "whole file", "JSON instead of CSV")
        return
    if number == 9:
        head = ["User Principal Name", "Display Name", "Prompts submitted (any app)", "Active Days",
                "Last activity date (UTC)", "Last activity date of Word Copilot (UTC)"]  # fmt: skip
        rows = [[p.email, " ".join(p.names), prompts, days, last or "", ""]
                for p, last, prompts, days in use]  # fmt: skip
        path = f"{name}/CopilotActivityUserDetail__{refreshed}.csv.gz"
        books.put(path, csv_text([head, *rows]))
        books.plant(path, "whole file", "export of the admin centre, with other column names")
        return
    periods = [7, 28, 90] if number == 6 else [28]
    rows = [[*("Report Refresh Date",), *GRAPH[1:], *(VERSION_2 if number == 6 else []),
             "Report Period"]]  # fmt: skip
    for person, last, prompts, days in use:
        who = [person.email, " ".join(person.names)]
        if number == 8:
            who = [hashlib.md5(f"{text}/hidden".encode()).hexdigest().upper() for text in who]
        for period in periods:
            extra = [prompts, days, ""] if number == 6 else []
            rows.append([refreshed, *who, last or "", last or "", *[""] * 7, *extra, period])
    path = f"{name}/usage_user_detail__{refreshed}.csv" + ("" if number == 5 else ".gz")
    books.put(path, csv_text(rows))
    if number == 6:
        entry["records"] += 2 * len(use)
        entry["duplicates"] += 2 * len(use)
        books.plant(path, "whole file", "version 2, three overlapping periods: 28 days count")
    if number == 8:
        books.plant(path, "whole file", "the tenant conceals names")


def csv_text(rows: list[list]) -> str:
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)
