"""Outcomes: events taken back or delivered twice, counts of a day, merged pull requests."""

import json

from hand_worked import Case, D, records


def event(outcome_id: str, status: str, reported_at: str, **fields) -> dict:
    return {
        "outcome_id": outcome_id,
        "outcome_type": "ticket_resolved",
        "occurred_at": "2026-05-04T10:00:00+02:00",
        "status": status,
        "department": "support",
        "source_system": "hand-worked-desk",
        "reported_at": reported_at,
        **fields,
    }


def pull_request(number: int, merged_at: str | None, state: str = "closed") -> dict:
    return {
        "id": 9000 + number,
        "number": number,
        "state": state,
        "merged_at": merged_at,
        "updated_at": merged_at or "2026-05-06T08:00:00Z",
        "user": {"login": "mora-v"},
        "head": {"ref": f"feat/{number}"},
        "base": {"repo": {"full_name": "acme/web"}},
    }


FIRST = [
    event("t1", "assumed", "2026-05-04T12:00:00Z", value_amount=2.5, value_currency="EUR"),
    event("t2", "assumed", "2026-05-04T12:00:00Z", value_amount=2.5, value_currency="EUR"),
    event("t3", "confirmed", "2026-05-04T12:00:00Z", value_amount=0.1, value_currency="EUR"),
    event("t4", "confirmed", "2026-05-04T12:00:00Z", quantity="two"),
]
# t1 is confirmed, t2 was reopened, t3 comes once more as it was.
SECOND = [
    event("t1", "confirmed", "2026-05-09T12:00:00Z", value_amount=2.5, value_currency="EUR"),
    event("t2", "reversed", "2026-05-07T12:00:00Z", value_amount=2.5, value_currency="EUR"),
    FIRST[2],
]
FILES = {
    "outcomes/events/tickets_2026-05-05.jsonl": "".join(json.dumps(e) + "\n" for e in FIRST),
    "outcomes/events/tickets_2026-05-10.json": json.dumps(SECOND, indent=1),
    "outcomes/metrics/counts_2026-05-05.csv": (
        "date,metric,quantity\n2026-05-04,robots_repaired,12\n2026-05-05,robots_repaired,7\n"
    ),
    # The 5th was not over yet: 7 becomes 9.
    "outcomes/metrics/counts_2026-05-06.csv": (
        "date,metric,quantity\n2026-05-05,robots_repaired,9\n2026-05-06,robots_repaired,0\n"
    ),
    "outcomes/github_pull_requests/page_2026-05-05.json": json.dumps(
        [pull_request(1, "2026-05-04T22:30:00Z"), pull_request(2, None, "open")]
    ),
    "outcomes/github_pull_requests/page_2026-05-07.json": json.dumps(
        [pull_request(2, "2026-05-06T09:00:00Z"), pull_request(3, None)]
    ),
}


def outcomes(figure: str, condition: str) -> str:
    return f"select {figure} from outcomes where {condition}"


DESK = "source_system = 'hand-worked-desk'"
CASES = [
    Case(
        "t1 and t3 stay, t2 was taken back, t4 cannot be read",
        outcomes("sum(quantity)", f"{DESK} and status != 'reversed'"),
        D(1) + D(1),
    ),
    Case(
        "what they are worth",
        outcomes("sum(value_amount)", f"{DESK} and status != 'reversed'"),
        D("2.5") + D("0.1"),
    ),
    Case("none is assumed any more", outcomes("count(*)", f"{DESK} and status = 'assumed'"), 0),
    Case("10:00 at +02:00", outcomes("hour(min(occurred_at))", DESK), 10 - 2),
    Case("first states of t1 and t2", records("outcomes/events", "superseded"), 1 + 1),
    Case("t3 once more", records("outcomes/events", "duplicate"), 1),
    Case("t4", records("outcomes/events", "quarantined"), 1),
    Case(
        "counts of two days, the second corrected",
        outcomes("sum(quantity)", "outcome_type = 'robots_repaired'"),
        D(12) + D(9),
    ),
    Case("a day without any is left out", records("outcomes/metrics", "quarantined"), 1),
    Case(
        "two of three pull requests were merged",
        outcomes("sum(quantity)", "source_dataset = 'outcomes/github_pull_requests'"),
        D(3) - D(1),
    ),
    Case(
        "outcomes are no spend",
        "select count(*) from charge where starts_with(x_source_dataset, 'outcomes/')",
        0,
    ),
]
