"""ChatGPT workspaces: credits are counted and have no price; of three exports one tells a month."""

import json

from hand_worked import Case, D, records

ANALYTICS = (
    "cadence,period_start,period_end,account_id,public_id,name,email,user_status,"
    "created_or_invited_date,is_active,first_day_active_in_period,last_day_active_in_period,"
    "messages,model_to_messages,credits_used,last_day_active\n"
)


def person(cadence: str, start: str, end: str, who: str, status: str, active: int, last: str,
           messages: int) -> str:  # fmt: skip
    return (
        f"{cadence},{start},{end},acc_hw,user_hw_{who},{who.title()},{who}@hw.example,{status},"
        f"2026-01-04,{active},{last},{last},{messages},\"{{'gpt-5-4': {messages}}}\",1.5,{last}\n"
    )


CREDITS = (
    "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,"
    "usage_quantity,usage_units\n"
)
TOKEN_LINE = (
    "2026-03-05,acc_hw,u1,ana@hw.example,Ana,user_hw_ana,api.gpt_5_4_text_{}_v_1,{},{},tokens\n"
)


def event(event_id: str, day: str, hour: int, cached: str, output: str) -> str:
    payload = {
        "day": day,
        "hour": hour,
        "identity": {"user_id": "user_hw_ana", "email": "ana@hw.example"},
        "product": "Codex",
        "model": "hw-model",
        "service_tier": "default",
        "billing": [
            {"sku": "HW Model - Cached Input", "quantity": {"value": 90112, "unit": "tokens"},
             "cost": {"value": D(cached), "unit": "CREDITS"}},
            {"sku": "HW Model - Output", "quantity": {"value": 2044, "unit": "tokens"},
             "cost": {"value": D(output), "unit": "CREDITS"}},
        ],
    }  # fmt: skip
    row = {"event_id": event_id, "type": "COSTS", "payload": payload}
    return json.dumps(row, default=lambda value: float(value)) + "\n"


FIRST = event("evt_hw_1", "2026-04-02", 23, "0.45", "1.2264")
FILES = {
    # March by month; the weeks of March tell it again. April has weeks only.
    "chatgpt/user_analytics/monthly_2026-03__exported_2026-04-02.csv": ANALYTICS
    + person("Monthly", "2026-03-01", "2026-03-31", "ana", "enabled", 1, "2026-03-30", 140)
    + person("Monthly", "2026-03-01", "2026-03-31", "bo", "enabled", 0, "", 0)
    + person("Monthly", "2026-03-01", "2026-03-31", "cy", "pending", 0, "", 0),
    # The second delivery: Ana's messages were still being counted.
    "chatgpt/user_analytics/monthly_2026-03__exported_2026-04-20.csv": ANALYTICS
    + person("Monthly", "2026-03-01", "2026-03-31", "ana", "enabled", 1, "2026-03-30", 143)
    + person("Monthly", "2026-03-01", "2026-03-31", "bo", "enabled", 0, "", 0)
    + person("Monthly", "2026-03-01", "2026-03-31", "cy", "pending", 0, "", 0),
    "chatgpt/user_analytics/weekly_2026-03-08__exported_2026-03-16.csv": ANALYTICS
    + person("Weekly", "2026-03-08", "2026-03-14", "ana", "enabled", 1, "2026-03-12", 30),
    "chatgpt/user_analytics/weekly_2026-04-05__exported_2026-04-13.csv": ANALYTICS
    + person("Weekly", "2026-04-05", "2026-04-11", "ana", "enabled", 1, "2026-04-09", 20),
    "chatgpt/user_analytics/weekly_2026-04-12__exported_2026-04-20.csv": ANALYTICS
    + person("Weekly", "2026-04-12", "2026-04-18", "ana", "enabled", 1, "2026-04-17", 22),
    # The day of 5 March is exported twice; the second time with more output.
    "chatgpt/credit_usage/credits__exported_2026-03-06.csv": CREDITS
    + TOKEN_LINE.format("input", "100.5", "1000000")
    + TOKEN_LINE.format("output", "20", "160000"),
    "chatgpt/credit_usage/credits__exported_2026-03-09.csv": CREDITS
    + TOKEN_LINE.format("input", "100.5", "1000000")
    + TOKEN_LINE.format("cached_input", "50.25", "5000000")
    + TOKEN_LINE.format("output", "25", "200000")
    + "2026-03-05,acc_hw,u1,ana@hw.example,Ana,user_hw_ana,codex,40,2,counts\n"
    + "2026-03-05,acc_hw,u1,ana@hw.example,Ana,user_hw_ana,codex, ,2,counts\n",
    # At least once: the second file holds the first event again and one more of the same hour.
    "chatgpt/cost_events/costs_2026-04-03T03.jsonl": FIRST,
    "chatgpt/cost_events/costs_2026-04-03T04.jsonl": FIRST
    + event("evt_hw_2", "2026-04-02", 23, "0.45", "1.2264"),
}
USAGE = "select sum(quantity) from usage where source_dataset = 'chatgpt/{}' and meter = '{}'"
CASES = [
    Case(
        "analytics, accepted: March 3 persons, April 1",
        records("chatgpt/user_analytics", "accepted"),
        4,
    ),
    Case(
        "analytics, superseded: the first March file, a week of March, the first week of April",
        records("chatgpt/user_analytics", "superseded"),
        3 + 1 + 1,
    ),
    Case(
        "the newest monthly figure counts, no week of the month beside it",
        "select sum(units_used) from seat_activity where service = 'chatgpt' "
        "and month_start = date '2026-03-01' and account_id = 'acc_hw'",
        D(143),
    ),
    Case(
        "weeks of a month without a monthly report are counted together",
        "select sum(units_used) from seat_activity where service = 'chatgpt' "
        "and month_start = date '2026-04-01' and account_id = 'acc_hw'",
        D(20 + 22),
    ),
    Case(
        "an invitation is no seat: two enabled persons in March",
        "select sum(seat_count) from seats where service = 'chatgpt' "
        "and month_start = date '2026-03-01'",
        D(2),
    ),
    Case(
        "credit rows, superseded: both of the first file",
        records("chatgpt/credit_usage", "superseded"),
        2,
    ),
    Case(
        "credit rows, quarantined: a blank is not 0",
        records("chatgpt/credit_usage", "quarantined"),
        1,
    ),
    Case(
        "credits of the day, tokens and tasks together",
        USAGE.format("credit_usage", "chatgpt_credits"),
        D("100.5") + D("50.25") + 25 + 40,
    ),
    Case("cached input apart", USAGE.format("credit_usage", "cache_read_tokens"), D(5_000_000)),
    Case("events, duplicate", records("chatgpt/cost_events", "duplicate"), 1),
    Case(
        "credits of two events of one hour",
        USAGE.format("cost_events", "chatgpt_credits"),
        2 * (D("0.45") + D("1.2264")),
    ),
    Case("tokens of two events", USAGE.format("cost_events", "output_tokens"), D(2 * 2044)),
    Case(
        "credits are shown as unpriced and never as money",
        "select coalesce(sum(billed_cost), 0) from charge where service = 'chatgpt'",
        D(0),
    ),
    Case(
        "all credits of March and April want a price",
        "select sum(quantity) from unpriced_usage where service = 'chatgpt' "
        "and meter = 'chatgpt_credits' and is_billing_source "
        "and started_at < timestamp '2026-05-01'",
        D("100.5") + D("50.25") + 25 + 40 + 2 * (D("0.45") + D("1.2264")),
    ),
]
