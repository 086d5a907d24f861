"""Claude workspaces: cents as text, revised days, a report by user that is a part of the other."""

import json

from hand_worked import Case, D, billed, records


def page(rows: list, **fields) -> str:
    return json.dumps({"organization_id": "org-hw", "data": rows, **fields})


def bucket(day: str, *results: dict) -> dict:
    end = f"{day[:8]}{int(day[8:]) + 1:02}"
    return {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{end}T00:00:00Z",
        "results": list(results),
    }


def cost(amount: str, list_amount: str, **fields) -> dict:
    return {"amount": amount, "list_amount": list_amount, "currency": "USD", **fields}


def user_cost(day: str, who: str, amount: str) -> dict:
    row = bucket(day)
    del row["results"]
    actor = {"type": "user_actor", "user_id": f"user_hw_{who}", "email": f"{who}@hw.example"}
    return {
        **row,
        **cost(amount, amount, product="claude_code", model="claude-sonnet-5"),
        "actor": actor,
    }


def member(who: str) -> dict:
    return {"id": f"user_hw_{who}", "type": "user", "email": f"{who}@hw.example", "role": "user",
            "added_at": "2026-01-05T09:00:00Z"}  # fmt: skip


def limit(who: str, spent: str) -> dict:
    return {
        "scope": {"type": "user", "user_id": f"user_hw_{who}"},
        "actor": {"user_id": f"user_hw_{who}", "email_address": f"{who}@hw.example"},
        "amount": "50000",
        "currency": "USD",
        "period": "monthly",
        "source": {"type": "seat_tier", "seat_tier": "enterprise_standard"},
        "period_to_date_spend": spent,
    }  # fmt: skip


def activity(who: str, messages: int) -> dict:
    return {
        "user": {"id": f"user_hw_{who}", "email_address": f"{who}@hw.example"},
        "chat_metrics": {"message_count": messages},
        "claude_code_metrics": {"core_metrics": {"commit_count": 0}},
        "web_search_count": 0,
    }


def summary(day: int, active: int) -> dict:
    return {"starting_at": f"2026-04-{day:02}T00:00:00Z", "assigned_seat_count": 12,
            "pending_invite_count": 1, "daily_active_user_count": 5,
            "weekly_active_user_count": 7, "monthly_active_user_count": active}  # fmt: skip


SPEND = (
    "user_email,account_uuid,product,model,model family,total_requests,total_prompt_tokens,"
    "total_completion_tokens,total_net_spend_usd,total_gross_spend_usd\n"
)
CODE = {"product": "claude_code", "model": "claude-sonnet-5"}
GROUPED = cost("9999", "9999", **CODE, rbac_group_id="rbac_group_1")
SPEND_CSV = "claude_seats/spend_csv/account=org-hw"
FILES = {
    # 14 and 15 April, first pulled on the 16th; the 15th is revised a week later.
    "claude_seats/analytics_cost_report/cost__exported_2026-04-16.json": page(
        [
            bucket(
                "2026-04-14",
                cost("1841.250000", "2045.833333", **CODE),
                cost("200.5", "200.5", product="chat", model="claude-haiku-4-5"),
            ),
            bucket("2026-04-15", cost("1000", "1000", **CODE)),
        ],
        data_refreshed_at="2026-04-16T12:00:00Z",
    ),
    "claude_seats/analytics_cost_report/cost__exported_2026-04-23.json": page(
        [bucket("2026-04-15", cost("1200.125", "1300.125", **CODE))],
        data_refreshed_at="2026-04-23T12:00:00Z",
    ),
    "claude_seats/analytics_cost_report/by_group__exported_2026-04-24.json": page(
        [bucket("2026-04-15", GROUPED, {**GROUPED, "rbac_group_id": "rbac_group_2"})],
        data_refreshed_at="2026-04-24T12:00:00Z",
    ),
    "claude_seats/analytics_user_cost_report/users__exported_2026-04-23.json": page(
        [user_cost("2026-04-14", "ana", "1500.25"), user_cost("2026-04-15", "ana", "900")],
        data_refreshed_at="2026-04-23T12:00:00Z",
    ),
    # March has no report: the spend CSV tells it, the whole month after a part of it.
    f"{SPEND_CSV}/spend_2026-03-01_2026-03-20__exported_2026-03-21.csv": SPEND
    + "ana@hw.example,uuid-1,Claude Code,claude-sonnet-5,sonnet,90,1000,200,30.00,33.00\n",
    f"{SPEND_CSV}/spend_2026-03-01_2026-03-31__exported_2026-04-02.csv": SPEND
    + "ana@hw.example,uuid-1,Claude Code,claude-sonnet-5,sonnet,212,2400,500,41.25,45.83\n"
    + "bo@hw.example,uuid-2,Chat,claude-haiku-4-5,haiku,10,100,20,0.5,0.5\n",
    f"{SPEND_CSV}/spend__exported_2026-04-03.csv": SPEND
    + "ana@hw.example,uuid-1,Chat,claude-haiku-4-5,haiku,1,1,1,77.00,77.00\n",
    "claude_seats/members/members_p1__exported_2026-04-10.json": page(
        [member("ana"), member("bo"), member("dee")], has_more=False
    ),
    "claude_seats/members/members_p1__exported_2026-04-28.json": page(
        [member("ana"), member("bo")], has_more=False
    ),
    "claude_seats/spend_limits/limits__exported_2026-04-10.json": page(
        [limit("ana", "10000")], next_page=None
    ),
    "claude_seats/spend_limits/limits__exported_2026-04-28.json": page(
        [limit("ana", "31402.5")], next_page=None
    ),
    **{
        f"claude_seats/analytics_users/users_2026-04-{day:02}__exported_2026-05-04.json": page(
            [activity("ana", 10)] if day in (2, 9) else []
        )
        for day in range(1, 31)
    },
    # 9 April again: two more messages.
    "claude_seats/analytics_users/users_2026-04-09__exported_2026-05-10.json": page(
        [activity("ana", 12)]
    ),
    "claude_seats/analytics_summaries/summaries__exported_2026-05-04.json": json.dumps(
        {"summaries": [summary(29, 9), summary(30, 10)]}
    ),
}
OWN = "x_source_dataset = 'claude_seats/{}' and billing_account_id = 'org-hw'"
CASES = [
    Case(
        "April costs what the report says, cents to dollars, the 15th as revised",
        billed(OWN.format("analytics_cost_report")),
        (D("1841.25") + D("200.5") + D("1200.125")) / 100,
    ),
    Case(
        "list amounts stand beside it",
        "select sum(list_amount) from bill_lines "
        "where source_dataset = 'claude_seats/analytics_cost_report' and account_id = 'org-hw'",
        (D("2045.833333") + D("200.5") + D("1300.125")) / 100,
    ),
    Case(
        "the report by user is never added", billed(OWN.format("analytics_user_cost_report")), None
    ),
    Case(
        "superseded: the first reading of the 15th",
        records("claude_seats/analytics_cost_report", "superseded"),
        1,
    ),
    Case(
        "quarantined: both rows grouped by RBAC group",
        records("claude_seats/analytics_cost_report", "quarantined"),
        2,
    ),
    Case(
        "March costs what the spend report of the whole month says",
        billed(OWN.format("spend_csv")),
        D("41.25") + D("0.5"),
    ),
    Case(
        "spend report, superseded: the part of the month",
        records("claude_seats/spend_csv", "superseded"),
        1,
    ),
    Case(
        "spend report, quarantined: no period", records("claude_seats/spend_csv", "quarantined"), 1
    ),
    Case(
        "who was in any list of April has a seat, dee until the 28th",
        "select count(*) || ' ' || max(ends_on) from seats "
        "where source_dataset = 'claude_seats/members'",
        "3 2026-04-28",
    ),
    Case(
        "the tier comes from the spend limits",
        "select string_agg(plan_type, ' ' order by plan_type) from seats "
        "where source_dataset = 'claude_seats/members'",
        "enterprise_standard unknown unknown",
    ),
    Case(
        "the running total of the newest list, cents to dollars",
        "select sum(units_used) from seat_activity "
        "where source_dataset = 'claude_seats/spend_limits'",
        D("31402.5") / 100,
    ),
    Case(
        "two active days, 10 and 12 messages, each day of April looked at",
        "select active_days || ' ' || cast(units_used as integer) || ' ' || signal_state "
        "from seat_activity where source_dataset = 'claude_seats/analytics_users' "
        "and active_days = 2",
        "2 22 complete",
    ),
    Case(
        "a member whom complete analytics do not name was idle",
        "select count(*) from seat_activity where source_dataset = 'claude_seats/members' "
        "and last_activity_at is null and signal_state = 'complete'",
        2,
    ),
    Case(
        "rolling counts of the month's last day",
        "select cast(sum(units_used) as integer) || ' of ' || cast(sum(units_allowed) as integer) "
        "from seat_activity where source_dataset = 'claude_seats/analytics_summaries'",
        "10 of 12",
    ),
]
