"""Claude Enterprise workspace of Brindlewick: 20 engineers with seats and usage credits."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal as D

from ai_spend.sample import (
    EXPORTED,
    MONTHS,
    Books,
    Person,
    add,
    days,
    month_of,
    people,
    plain,
    to_json,
)

ABOUT = """Claude Enterprise: member lists and spend limits at the end of each month, activity of
each day of September, daily cost reports in cents since June (July revised a month later, one pull
grouped by RBAC group, which is refused), the report by user for July, and the spend report in
dollars for May and June: May has nothing else, June stands in the cost report too. Seats have no
price: the fee stands in no export. Three members are not in the activity of September at all."""

ORG = "org-bw-claude"
FOLDER = f"account={ORG}"
LISTS = {"2026-05": "2026-05-29", "2026-06": "2026-06-29", "2026-07": "2026-07-30",
         "2026-08": "2026-08-28", "2026-09": "2026-09-29"}  # fmt: skip
PRODUCTS = [("claude_code", "claude-sonnet-5"), ("chat", "claude-sonnet-5"),
            ("cowork", "claude-haiku-4-5")]  # fmt: skip
CSV_NAMES = {"claude_code": "Claude Code", "chat": "Chat", "cowork": "Cowork"}
CSV_COLUMNS = (
    "user_email,account_uuid,product,model,model family,total_requests,total_prompt_tokens,"
    "total_completion_tokens,total_net_spend_usd,total_gross_spend_usd\n"
)
FACTOR = D("0.9")  # the company pays 90 % of list


def engineers() -> list[Person]:
    return [p for p in people() if p.department == "engineering"][:20]


def user_id(person: Person) -> str:
    return f"user_bw{person.number:03}"


def members(month: str) -> list[Person]:
    """One leaves during August: in its list of the month, not in September's."""
    return [p for i, p in enumerate(engineers()) if i != 7 or month <= "2026-08"]


def tier(person: Person) -> str | None:
    """Every fifth has a limit of its own, which hides the tier."""
    return None if person.number % 5 == 2 else "enterprise_standard"


def write_lists(books: Books, rng: random.Random) -> None:
    name, entry = "claude_seats/members", books.dataset("claude_seats/members")
    limits = books.dataset("claude_seats/spend_limits")
    for month, listed in LISTS.items():
        staff = members(month)
        for n, part in enumerate((staff[:12], staff[12:]), start=1):
            rows = [{"id": user_id(p), "type": "user", "email": p.email,
                     "name": " ".join(p.names).title(), "role": "user",
                     "added_at": "2026-01-19T08:00:00Z"} for p in part]  # fmt: skip
            page = {"data": rows, "has_more": n == 1, "first_id": rows[0]["id"],
                    "last_id": rows[-1]["id"]}  # fmt: skip
            books.put(f"{name}/{FOLDER}/members_p{n}__exported_{listed}.json.gz", to_json(page))
        entry["records"] += len(staff)
        entry["accepted"] += len(staff)
        for person in staff:
            books.unpriced["claude_workspace", tier(person) or "unknown", month, "seats"] += 1
    path = f"{name}/{FOLDER}/members_p1__exported_2026-09-14.json"
    early = [{"id": user_id(p), "type": "user", "email": p.email, "role": "user",
              "added_at": "2026-01-19T08:00:00Z"} for p in members("2026-09")]  # fmt: skip
    books.put(path, to_json({"data": early, "has_more": False}, "data"))
    books.plant(path, "whole file", "an earlier list of the month: the newer one decides")
    entry["records"] += len(early)
    entry["superseded"] += len(early)
    for month, listed in LISTS.items():
        rows = []
        for person in members(month):
            source = {"type": "seat_tier", "seat_tier": tier(person)}
            if tier(person) is None:
                source = {"type": "user"}
            rows.append({
                "scope": {"type": "user", "user_id": user_id(person)},
                "actor": {"type": "user_actor", "user_id": user_id(person),
                          "name": " ".join(person.names).title(), "email_address": person.email,
                          "deleted": False},
                "amount": "25000" if tier(person) else None, "currency": "USD",
                "period": "monthly", "source": source, "spend_limit_id": "spl_bw",
                "period_to_date_spend": plain(D(rng.randint(0, 90000)) / 8),
            })  # fmt: skip
        path = f"claude_seats/spend_limits/{FOLDER}/limits__exported_{listed}.json.gz"
        books.put(path, to_json({"data": rows, "next_page": None}))
        limits["records"] += len(rows)
        limits["accepted"] += len(rows)


def write_activity(books: Books, rng: random.Random) -> None:
    """Of each member but three a row on each day of September."""
    entry = books.dataset("claude_seats/analytics_users")
    seen = [p for p in members("2026-09") if p.number % 7 != 4]
    for person in members("2026-09"):
        if person not in seen:  # on no day, but with money spent: to be looked at
            books.little_used_seat("claude_workspace", "2026-09", person.person_id)
    for day in days(date(2026, 9, 1), date(2026, 9, 30)):
        rows = []
        for person in seen:
            busy = day.weekday() < 5 and rng.random() < 0.8
            n = rng.randint(1, 40) if busy else 0
            rows.append({
                "user": {"id": user_id(person), "email_address": person.email},
                "chat_metrics": {"distinct_conversation_count": n // 4, "message_count": n},
                "claude_code_metrics": {"core_metrics": {
                    "commit_count": n // 9, "pull_request_count": 0,
                    "lines_of_code": {"added_count": n * 7, "removed_count": n * 2},
                    "distinct_session_count": n // 6}},
                "web_search_count": 0,
            })  # fmt: skip
        page = {"organization_id": ORG, "data": rows, "has_more": False, "next_page": None}
        path = f"claude_seats/analytics_users/{FOLDER}/users_{day}__exported_2026-10-05.json.gz"
        books.put(path, to_json(page))
        entry["records"] += len(rows)
    entry["accepted"] = len(seen)
    entry["superseded"] = entry["records"] - len(seen)
    summaries = books.dataset("claude_seats/analytics_summaries")
    rows = [{"starting_at": f"{d}T00:00:00Z", "ending_at": f"{d + timedelta(days=1)}T00:00:00Z",
             "assigned_seat_count": len(members(month_of(d))), "pending_invite_count": 2,
             "daily_active_user_count": rng.randint(5, 12),
             "weekly_active_user_count": rng.randint(12, 14),
             "monthly_active_user_count": rng.randint(14, 16), "monthly_adoption_rate": 80.0}
            for d in days(date(2026, 8, 25), date(2026, 9, 30))]  # fmt: skip
    books.put(f"claude_seats/analytics_summaries/{FOLDER}/summaries__exported_2026-10-05.json.gz",
              to_json({"organization_id": ORG, "summaries": rows}))  # fmt: skip
    summaries["records"] = len(rows)
    summaries["accepted"], summaries["superseded"] = 2, len(rows) - 2


def bucket(day: date, results: list[dict]) -> dict:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
            "results": results}  # fmt: skip


def cost_row(product: str, model: str, cents: D, requests: int, **fields) -> dict:
    """Amounts are text, cents with fractions."""
    return {"product": product, "model": model, "context_window": None, "inference_geo": None,
            "speed": None, "cost_type": None,
            "token_type": None, "rbac_group_id": None,
            "slack_channel_id": None, "amount": plain(cents), "currency": "USD",
            "list_amount": plain(cents / FACTOR), "requests": requests, **fields}  # fmt: skip


def write_costs(books: Books, rng: random.Random) -> None:
    name = "claude_seats/analytics_cost_report"
    entry, users = books.dataset(name), books.dataset("claude_seats/analytics_user_cost_report")
    cents: dict[date, list[tuple[str, str, D, int]]] = {}
    for day in days(date(2026, 6, 1), date(2026, 9, 30)):
        # Nine times a multiple of 0.125 cents: nine tenths of a list amount without remainder.
        cents[day] = [(*p, D(rng.randint(8, 3000)) * 9 / 8, rng.randint(1, 80)) for p in PRODUCTS]

    def put(path: str, first: date, last: date, refreshed: str, factor=D(1), **fields) -> int:
        data = [bucket(d, [cost_row(p, m, c * factor, n, **fields) for p, m, c, n in cents[d]])
                for d in days(first, last)]  # fmt: skip
        books.put(path, to_json({"organization_id": ORG, "data_refreshed_at": refreshed,
                                 "data": data, "has_more": False, "next_page": None},
                                "data"))  # fmt: skip
        rows = sum(len(b["results"]) for b in data)
        entry["records"] += rows
        return rows

    for month in MONTHS[1:]:
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        path = f"{name}/cost_{month}__exported_{EXPORTED[month]}.json.gz"
        if month == "2026-07":
            entry["superseded"] = put(path, first, last, f"{EXPORTED[month]}T04:00:00Z", D("0.5"))
            books.plant(path, "whole file", "amounts revised upward in the pull of 2026-09-01")
            path = f"{name}/cost_2026-07__exported_2026-09-01.json.gz"
            put(path, first, last, "2026-09-01T04:00:00Z")
        else:
            put(path, first, last, f"{EXPORTED[month]}T04:00:00Z")
    path = f"{name}/cost_by_group_2026-08-03__exported_2026-09-10.json"
    refused = put(path, date(2026, 8, 3), date(2026, 8, 4), "2026-09-10T04:00:00Z",
                  rbac_group_id="rbac_group_platform")  # fmt: skip
    entry["quarantined"] = {"grouped by rbac_group_id": refused}
    books.plant(path, "whole file", "grouped by RBAC group, which counts people several times")
    for day, rows in cents.items():
        for _, _, amount, _ in rows:
            entry["accepted"] += 1
            add(entry["money"], "USD", amount / 100)
            books.charge("claude_workspace", "usage", month_of(day), name, "Reported", amount / 100)
    # The report by user knows what people caused; automation is missing in it.
    rows = []
    for day in days(date(2026, 7, 1), date(2026, 7, 31)):
        person = rng.choice(engineers())
        product, model, amount, n = cents[day][0]
        row = bucket(day, []) | cost_row(product, model, amount / 2, n // 2)
        del row["results"]
        row["actor"] = {"type": "user_actor", "user_id": user_id(person), "deleted": False,
                        "name": " ".join(person.names).title(), "email": person.email}  # fmt: skip
        rows.append(row)
        users["accepted"] += 1
        add(users["money"], "USD", amount / 2 / 100)
    users["records"] = len(rows)
    path = "claude_seats/analytics_user_cost_report/user_cost_2026-07__exported_2026-09-01.json.gz"
    books.put(path, to_json({"organization_id": ORG, "data_refreshed_at": "2026-09-01T04:00:00Z",
                             "data": rows, "has_more": False, "next_page": None}))  # fmt: skip
    books.plant(path, "whole file", "a part of what the cost report states: never added")


def write_spend(books: Books, rng: random.Random) -> None:
    name, entry = "claude_seats/spend_csv", books.dataset("claude_seats/spend_csv")
    totals: dict[str, D] = defaultdict(D)

    def put(path: str) -> tuple[int, D]:
        lines, money = [], D(0)
        for person in engineers()[::2]:
            product, model = rng.choice(PRODUCTS)
            net = D(rng.randint(50, 9000)) / 100
            gross = net + D(rng.randint(0, 300)) / 100
            lines.append(f"{person.email},uuid-{person.number:03},{CSV_NAMES[product]},{model},"
                         f"sonnet,{rng.randint(1, 400)},{rng.randint(900, 9000)},"
                         f"{rng.randint(90, 900)},{net},{gross}\n")  # fmt: skip
            money += net
        books.put(path, CSV_COLUMNS + "".join(lines))
        entry["records"] += len(lines)
        return len(lines), money

    path = f"{name}/{FOLDER}/spend_2026-05-01_2026-05-20__exported_2026-05-21.csv.gz"
    entry["superseded"] += put(path)[0]
    books.plant(path, "whole file", "month to date, held by the whole month")
    n, totals["2026-05"] = put(
        f"{name}/{FOLDER}/spend_2026-05-01_2026-05-31__exported_2026-06-03.csv"
    )
    entry["accepted"] = n
    path = f"{name}/{FOLDER}/spend_2026-06__exported_2026-07-03.csv.gz"
    entry["superseded"] += put(path)[0]
    books.plant(path, "whole file", "the cost report has each day of June")
    path = f"{name}/{FOLDER}/spend__exported_2026-08-04.csv.gz"
    entry["quarantined"] = {"no period": put(path)[0]}
    books.plant(path, "whole file", "no period in the name, and no date inside")
    entry["money"] = {"USD": totals["2026-05"]}
    books.charge("claude_workspace", "usage", "2026-05", name, "Reported", totals["2026-05"])


def write(books: Books, rng: random.Random) -> None:
    write_lists(books, rng)
    write_activity(books, rng)
    write_costs(books, rng)
    write_spend(books, rng)
