"""Cursor: included events cost nothing more, windows share their border, the CSV tells it again."""

import json
from datetime import UTC, datetime

from hand_worked import Case, D, billed, records


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def event(at: str, cents: float, chargeable: bool, **fields) -> dict:
    usage = {"inputTokens": 1204, "outputTokens": 3415, "cacheWriteTokens": 20110,
             "cacheReadTokens": 134176, "totalCents": cents}  # fmt: skip
    return {
        "timestamp": str(ms(at)),
        "userEmail": "ana@hw.example",
        "model": "claude-sonnet-5",
        "kind": "Usage-based" if chargeable else "Included in Business",
        "isChargeable": chargeable,
        "isHeadless": False,
        "tokenUsage": usage,
        "chargedCents": cents,
        **fields,
    }


def pull(start: str, end: str, *events: dict, page: int = 1, pages: int = 1) -> str:
    return json.dumps({
        "usageEvents": list(events),
        "pagination": {"numPages": pages, "currentPage": page, "hasNextPage": page < pages},
        "period": {"startDate": ms(start), "endDate": ms(end)},
    })  # fmt: skip


BORDER = event("2026-04-10T00:00:00", 5.5, True)
TWIN = event("2026-04-09T08:00:00", 2.25, True)
YOUNG = event("2026-04-14T22:10:00", 1.5, True)
GROWN = event("2026-04-14T22:10:00", 4.75, True, cloudAgentId="bc-1")
EVENTS = "cursor/usage_events/team1/events_{}.json"
CSV = "cursor/usage_csv/account=team1/usage_{}.csv"
CSV_HEADER = (
    "Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,"
    "Output Tokens,Total Tokens,Cost\n"
)
NEW_CSV_HEADER = CSV_HEADER.replace("Date,", "Date,User,Cloud Agent ID,Automation ID,")
TOKENS = '"20,110","1,204","134,176","3,415","158,905"'


def daily(day: str, *people: tuple[str, bool], paged: bool = True) -> str:
    rows = [
        {"userId": 1, "email": f"{who}@hw.example", "day": day, "isActive": active,
         "subscriptionIncludedReqs": 3 if active else 0, "usageBasedReqs": 1 if active else 0,
         "apiKeyReqs": 0}
        for who, active in people
    ]  # fmt: skip
    pagination = {"pagination": {"page": 1, "totalPages": 1, "hasNextPage": False}} if paged else {}
    return json.dumps({"data": rows, "period": {"startDate": 1, "endDate": 2}, **pagination})


def spend(cycle: str, *people: tuple[str, float, float]) -> str:
    rows = [
        {
            "email": f"{who}@hw.example",
            "role": "member",
            "spendCents": cents,
            "overallSpendCents": all_,
        }
        for who, cents, all_ in people
    ]
    return json.dumps({"teamMemberSpend": rows, "subscriptionCycleStart": ms(cycle),
                       "totalMembers": len(rows), "totalPages": 1})  # fmt: skip


def members(*people: tuple[str, str, bool]) -> str:
    return json.dumps({"teamMembers": [
        {"id": f"user_{who}", "name": who, "email": f"{who}@hw.example", "role": role,
         "isRemoved": removed} for who, role, removed in people
    ]})  # fmt: skip


FILES = {
    # Two windows that share 10 April 00:00; two equal events of one moment are both real.
    EVENTS.format("1__exported_2026-04-10"): pull(
        "2026-04-08T00:00:00", "2026-04-10T00:00:00", TWIN, TWIN, BORDER
    ),
    EVENTS.format("2__exported_2026-04-15"): pull(
        "2026-04-10T00:00:00",
        "2026-04-14T23:59:59.999",
        BORDER,
        event("2026-04-12T09:00:00", 1.1, False),
        YOUNG,
    ),
    # The last day again: the young event has grown.
    EVENTS.format("3__exported_2026-04-16"): pull(
        "2026-04-14T00:00:00", "2026-04-15T23:59:59.999", GROWN
    ),
    # The CSV of the same days states the border event too; March is only there.
    CSV.format("2026-04-10_2026-04-10__exported_2026-04-16"): NEW_CSV_HEADER
    + '"2026-04-10T00:00:00.000Z","ana@hw.example","","","On-Demand","claude-sonnet-5","No",'
    + f'{TOKENS},"$0.06"\n',
    CSV.format("2026-03-01_2026-03-20__exported_2026-03-21"): CSV_HEADER
    + f'"2026-03-05T09:03:21.337Z","On-Demand","claude-sonnet-5","Yes",{TOKENS},"$0.20"\n',
    CSV.format("2026-03-01_2026-03-31__exported_2026-04-02"): CSV_HEADER
    + f'"2026-03-05T09:03:21.337Z","On-Demand","claude-sonnet-5","Yes",{TOKENS},"$0.21"\n'
    + f'"2026-03-06T09:03:21.337Z","On-Demand","claude-sonnet-5","Yes",{TOKENS},"$1,204.50"\n'
    + '"2026-03-07T10:03:20Z","Included","auto","No","0","900","2,048","310","3,258","Included"\n'
    + '"2026-03-07T10:04:20.000Z","Errored, No Charge","auto","No","0","0","0","0","0","-"\n'
    + '"2026-03-07T10:05:20Z","Included","auto","No","0","900","2,048","310","9,999","Included"\n',
    "cursor/daily_usage/account=team1/daily_p1__exported_2026-04-12.json": daily(
        "2026-04-10", ("ana", True), ("bo", False)
    ),
    "cursor/daily_usage/account=team1/daily_p1__exported_2026-04-13.json": daily(
        "2026-04-11", ("ana", True), ("bo", False)
    ),
    "cursor/daily_usage/account=team1/daily_unpaged__exported_2026-04-14.json": daily(
        "2026-04-12", ("ana", True), paged=False
    ),
    # A cycle with events, and one without any, told twice.
    "cursor/spend/account=team1/spend__exported_2026-04-20.json": spend(
        "2026-04-08T00:00:00", ("ana", 14.75, 900.5)
    ),
    "cursor/spend/account=team2/spend__exported_2026-03-10.json": spend(
        "2026-03-02T00:00:00", ("dee", 100, 400)
    ),
    "cursor/spend/account=team2/spend__exported_2026-03-30.json": spend(
        "2026-03-02T00:00:00", ("dee", 512.75, 2512.75)
    ),
    "cursor/members/account=team1/members__exported_2026-04-02.json": members(
        ("ana", "member", False), ("bo", "member", False), ("cy", "member", True)
    ),
    "cursor/members/account=team1/members__exported_2026-04-20.json": members(
        ("ana", "owner", False),
        ("bo", "member", True),
        ("cy", "member", True),
        ("ed", "free-owner", False),
    ),
}
CASES = [
    Case(
        "April: two twins, the border once, the grown event; included use costs nothing more",
        billed(
            "x_source_dataset = 'cursor/usage_events' and charge_period_start < date '2026-05-01'"
        ),
        (D("2.25") * 2 + D("5.5") + D("4.75")) / 100,
    ),
    Case(
        "events, superseded: the border's first copy and the young one",
        records("cursor/usage_events", "superseded"),
        2,
    ),
    Case(
        "tokens of the included event are counted, and nobody is charged for them",
        "select sum(quantity) from usage where source_dataset = 'cursor/usage_events' "
        "and not is_billable and started_at = timestamp '2026-04-12 09:00:00'",
        D(1204 + 3415 + 20110 + 134176),
    ),
    Case(
        "a cloud agent is an agent",
        "select count(distinct record_id) from usage where source_dataset = 'cursor/usage_events' "
        "and is_agentic and started_at < timestamp '2026-05-01'",
        1,
    ),
    Case(
        "March from the CSV: the newer file, thousands commas and dollar signs read",
        billed("x_source_dataset = 'cursor/usage_csv' and charge_period_start < date '2026-05-01'"),
        D("0.21") + D("1204.50"),
    ),
    Case(
        "the two input columns are disjoint: cache writes and plain input",
        "select list(cast(quantity as integer) order by meter) from usage "
        "where source_dataset = 'cursor/usage_csv' and stated_currency is not null "
        "and started_at < timestamp '2026-03-06'",
        [134176, 20110, 1204, 3415],
    ),
    Case(
        "CSV, quarantined: columns that do not add up",
        records("cursor/usage_csv", "quarantined"),
        1,
    ),
    Case(
        "a cycle that events tell carries no money itself",
        "select cast(sum(amount) as varchar) from landing_records "
        "where source_dataset = 'cursor/spend' and source_file not like '%team2%'",
        None,
    ),
    Case(
        "a running total: the newest of the cycle, cents to dollars",
        billed("x_source_dataset = 'cursor/spend'"),
        D("512.75") / 100,
    ),
    Case(
        "seats of April: ana, and bo who was removed during it",
        "select sum(seat_count) from seats where service = 'cursor' "
        "and month_start = date '2026-04-01'",
        D(2),
    ),
    Case(
        "active days of ana, 4 requests each; the unpaged day proves nothing of bo",
        "select active_days || ' ' || cast(units_used as integer) from seat_activity "
        "where source_dataset = 'cursor/daily_usage' and active_days > 0 "
        "and month_start = date '2026-04-01'",
        "3 12",
    ),
    Case(
        "bo has a row, without a last activity, and partial",
        "select count(*) from seat_activity where source_dataset = 'cursor/daily_usage' "
        "and last_activity_at is null and signal_state = 'partial' "
        "and month_start = date '2026-04-01'",
        1,
    ),
]
