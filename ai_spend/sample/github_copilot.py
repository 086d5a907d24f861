"""GitHub Copilot: the usage metrics of data science (the bill and the seats are written apart)."""

from __future__ import annotations

import random
from datetime import date

from ai_spend.sample import Books, D, days, people, plain

ABOUT = """
GitHub's usage metrics: the report of 28 days of data science up to 2026-09-28, and two reports of a
day, which it tells again. Its AI credits are no bill and carry no money beside it.
"""

NAME = "github_copilot/user_metrics"
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 28)


def write(books: Books, rng: random.Random) -> None:
    entry = books.dataset(NAME)
    staff = [p for p in people() if p.department == "data-science"]
    lines, by_day = [], {}
    for day in days(FIRST, LAST):
        for person in staff:
            if day.weekday() < 5 and person.number % 5 and rng.random() < 0.7:
                line = record(rng, person, day)
                lines.append(line.replace("{", f'{{"report_start_day": "{FIRST}", '
                                               f'"report_end_day": "{LAST}", ', 1))  # fmt: skip
                by_day.setdefault(day, []).append(line)
    path = f"{NAME}/users-28-day__exported_2026-09-30.ndjson.gz"
    books.put(path, "".join(lines))
    entry["records"] = entry["accepted"] = len(lines)
    for day, exported in ((date(2026, 9, 15), "2026-09-17"), (date(2026, 9, 16), "2026-09-18")):
        path = f"{NAME}/users-1-day_{day}__exported_{exported}.ndjson"
        books.put(path, "".join(by_day[day]))
        entry["records"] += len(by_day[day])
        entry["duplicates"] += len(by_day[day])
        books.plant(path, "whole file", "told again by the report of 28 days")
    path = f"{NAME}/users-1-day_2026-09-15__exported_2026-09-16.ndjson.gz"
    books.put(path, "".join(by_day[date(2026, 9, 15)][:-1]) + '{"day": "2026-09-15", "user_id"\n')
    entry["records"] += len(by_day[date(2026, 9, 15)])
    entry["duplicates"] += len(by_day[date(2026, 9, 15)]) - 1
    entry["quarantined"] = {"malformed JSON": 1}
    books.plant(path, "last line", "cut in the middle")


def record(rng: random.Random, person, day: date) -> str:
    prompts, credits = rng.randrange(0, 12), plain(D(rng.randrange(0, 4000)) / 100)
    return (
        f'{{"day": "{day}", "user_id": {7_100_000 + person.number}, '
        f'"user_login": "{person.login}", "enterprise_id": "880", '
        f'"user_initiated_interaction_count": {prompts}, "code_generation_activity_count": '
        f'{rng.randrange(1, 60)}, "code_acceptance_activity_count": 1, '
        f'"ai_credits_used": {credits}, "used_chat": {str(prompts > 0).lower()}, '
        '"used_agent": false, "totals_by_ide": []}\n'
    )
