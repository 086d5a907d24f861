"""GitHub Copilot: user metrics of a day and of 28 days overlap, and are no bill."""

import json

from hand_worked import Case, D, records

NAME = "github_copilot/user_metrics"


def used(day: str, user: int, credits, interactions: int = 1, **fields) -> str:
    return json.dumps({
        "day": day, "user_id": user, "user_login": f"hw-{user}", "enterprise_id": "9",
        "user_initiated_interaction_count": interactions, "code_generation_activity_count": 2,
        "ai_credits_used": credits, **fields,
    }) + "\n"  # fmt: skip


WINDOW = {"report_start_day": "2026-02-23", "report_end_day": "2026-03-22"}
FILES = {
    f"{NAME}/hw/users-1-day__2026-03-21.ndjson": used("2026-03-20", 1, 10) + "{broken\n",
    f"{NAME}/hw/users-28-day__2026-03-23.ndjson": used("2026-03-20", 1, 12.5, 3, **WINDOW)
    + used("2026-03-22", 1, 0.25, 0, **WINDOW)
    + used("2026-02-24", 2, 4, **WINDOW),
}
ACTIVITY = (
    "from seat_activity where source_dataset = 'github_copilot/user_metrics' "
    "and month_start = '2026-03-01'"
)
CASES = [
    Case("2 days of March", f"select active_days {ACTIVITY}", 2),
    Case("credits of March", f"select units_used {ACTIVITY}", D("12.5") + D("0.25")),
    Case("covered from the 1st to the 22nd", f"select signal_state {ACTIVITY}", "complete"),
    Case(
        "credits that no bill tells of stay visible",
        "select sum(quantity) from unpriced_usage where meter = 'ai_credits' and is_billing_source",
        D("12.5") + D("0.25") + 4,
    ),
    Case("accepted days", records(NAME, "accepted"), 3),
    Case("days told again", records(NAME, "superseded"), 1),
    Case("broken lines", records(NAME, "quarantined"), 1),
]
