"""Anthropic: a billed month told by API and Console, and a month of which only usage is known.

All of it lies in the folder org-hw. January 2026 has a bill, February has none.
"""

import json
from datetime import date, timedelta

from hand_worked import MILLION, Case, D, billed, priced, records


def page(day: str, *results: dict) -> str:
    end = date.fromisoformat(day) + timedelta(days=1)
    bucket = {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{end}T00:00:00Z",
        "results": list(results),
    }
    return json.dumps({"data": [bucket], "has_more": False, "next_page": None})


def usage(model: str, tokens: tuple[int, ...], searches: int = 0, **dimensions) -> dict:
    """Uncached input, cache read, written for 5 minutes, for an hour, output: nothing overlaps."""
    uncached, read, write_5m, write_1h, output = tokens
    return {
        "uncached_input_tokens": uncached,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": write_5m,
            "ephemeral_1h_input_tokens": write_1h,
        },
        "output_tokens": output,
        "server_tool_use": {"web_search_requests": searches},
        "model": model,
        "workspace_id": None,
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        **dimensions,
    }


def cost(cents: str, token_type: str | None, **dimensions) -> dict:
    return {
        "amount": cents,
        "currency": "USD",
        "cost_type": "tokens",
        "description": f"Claude Sonnet 5 Usage - {token_type}",
        "model": "claude-sonnet-5",
        "token_type": token_type,
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": None,
        "workspace_id": None,
        **dimensions,
    }


def claude_code(email: str, customer: str, tokens: tuple[int, int, int, int], **changes) -> dict:
    """Input, output, cache read and cache creation; the estimate is a number in cents."""
    names = ("input", "output", "cache_read", "cache_creation")
    return {
        "date": "2026-02-03T00:00:00Z",
        "actor": {"type": "user_actor", "email_address": email},
        "organization_id": "dc9f6c26-b22c-4831-8d01-0446bada88f1",
        "customer_type": customer,
        "subscription_type": "team" if customer == "subscription" else None,
        "terminal_type": "vscode",
        "is_remote": False,
        "core_metrics": {"num_sessions": 1},
        "tool_actions": {},
        "model_breakdown": [
            {
                "model": "claude-sonnet-5",
                "tokens": dict(zip(names, tokens, strict=True)),
                "estimated_cost": {"amount": 99999, "currency": "USD"},
            }
        ],
        **changes,
    }


def claude_code_page(*entries: dict) -> str:
    return json.dumps({"data": list(entries), "has_more": False, "next_page": None})


COST_HEADER = (
    "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
    "list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status\n"
)
USAGE_HEADER = (
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
    "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
    "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
    "web_search_count,inference_geo,speed\n"
)
SONNET, HAIKU = "claude-sonnet-5", "claude-haiku-4-5-20251001"
PRIORITY = usage(SONNET, (4_000, 0, 0, 0, 600), service_tier="priority")
JANUARY_USAGE = usage(SONNET, (100_000, 0, 0, 0, 0))
FEBRUARY_USAGE = [
    usage(SONNET, (100_000, 900_000, 40_000, 20_000, 30_000), searches=3),
    usage(HAIKU, (1_000_000, 0, 0, 0, 50_000), service_tier="batch"),
    usage(SONNET, (200_000, 0, 10_000, 0, 10_000), inference_geo="us"),
    usage(SONNET, (7_000, 0, 0, 0, 800), speed="fast"),
    PRIORITY,
]
# The Console, rounded to cents: 20 cents of the report and what it does not know.
CONSOLE_COSTS = "".join(
    f"2026-01-0{day},Claude Sonnet 5,Default,app,message,≤ 200k,input_no_cache,{usd},"
    f"{listed},token,global,,apikey_hw,active\n"
    for day, usd, listed in [(5, "0.20", "0.22"), (6, "0.05", "0.05")]
)
CONSOLE_DAY = (
    "2026-02-03,claude-sonnet-5,app,Default,standard,≤ 200k,100000,40000,20000,900000,30000,3,"
    "global,\n"
)
FILES = {
    "anthropic/cost_report/account=org-hw/costs__exported_2026-01-20.json": page(
        "2026-01-05", cost("11.5", "uncached_input_tokens")
    ),
    "anthropic/cost_report/account=org-hw/costs__exported_2026-02-02.json": page(
        "2026-01-05",
        cost("20.00005", "uncached_input_tokens"),
        cost("3", None, cost_type="web_search", model=None, service_tier=None),
    ),
    "anthropic/console_cost_csv/account=org-hw/costs__exported_2026-02-02.csv": COST_HEADER
    + CONSOLE_COSTS,
    "anthropic/usage_report/account=org-hw/january.json": page(
        "2026-01-05", JANUARY_USAGE, PRIORITY
    ),
    "anthropic/console_usage_csv/account=org-hw/january__exported_2026-02-01.csv": USAGE_HEADER
    + "2026-01-05,claude-sonnet-5,app,Default,standard,≤ 200k,100000,0,0,0,0,0,global,\n",
    "anthropic/usage_report/account=org-hw/february.json": page("2026-02-03", *FEBRUARY_USAGE),
    "anthropic/console_usage_csv/account=org-hw/february__exported_2026-02-20.csv": USAGE_HEADER
    + CONSOLE_DAY.replace("900000", "1"),
    "anthropic/console_usage_csv/account=org-hw/february__exported_2026-03-01.csv": USAGE_HEADER
    + CONSOLE_DAY,
    # Far more tokens than the usage report knows: activity never carries money beside it.
    "anthropic/claude_code/account=org-hw/day__exported_2026-02-04.json": claude_code_page(
        claude_code("ada@hand.example", "api", (5, 5, 5, 5)),
        claude_code("bo@hand.example", "subscription", (9_000_000, 1_000_000, 0, 0)),
    ),
    "anthropic/claude_code/account=org-hw/day__exported_2026-02-09.json": claude_code_page(
        claude_code("ada@hand.example", "api", (10_000_000, 1_000_000, 50_000_000, 2_000_000)),
        claude_code("cy@hand.example", "partner", (1, 1, 1, 1)),
    ),
    # Of December nothing is known but the activity.
    "anthropic/claude_code/account=org-hw/december.json": claude_code_page(
        claude_code(
            "ada@hand.example", "api", (1_000, 200, 30_000, 4_000), date="2025-12-03T00:00:00Z"
        )
    ),
}


def of(dataset: str, condition: str = "true") -> str:
    return f"source_dataset = 'anthropic/{dataset}' and account_id = 'org-hw' and {condition}"


def of_month(month: str) -> str:
    return (
        "service = 'claude_api' and sub_account_id is not distinct from 'default' "
        f"and strftime(charge_period_start, '%Y-%m') = '{month}'"
    )


# claude-sonnet-5 per million: 2, cache read 0.20, write 2.50 and 4.00 (an hour), output 10.
STANDARD = (
    100_000 * D(2) + 900_000 * D("0.2") + 40_000 * D("2.5") + 20_000 * D(4) + 30_000 * D(10)
) / MILLION
SEARCHES = 3 * D(10) / 1000
# claude-haiku-4-5: 1 and 5, in a batch half of it.
BATCH = (1_000_000 * D(1) + 50_000 * D(5)) / 2 / MILLION
# Inference kept in the US costs 1.1 times as much.
US_ONLY = (200_000 * D(2) + 10_000 * D("2.5") + 10_000 * D(10)) * D("1.1") / MILLION
ACTIVITY = (1_000 * D(2) + 200 * D(10) + 30_000 * D("0.2") + 4_000 * D("2.5")) / MILLION
FEBRUARY = "started_at >= '2026-02-01'"
CASES = [
    Case(
        "input excludes cache, writes by lifetime, searches by the thousand",
        priced(
            of("usage_report", f"{FEBRUARY} and service_tier = 'standard'")
            + " and inference_geo is null"
        ),
        STANDARD + SEARCHES,
    ),
    Case("batch", priced(of("usage_report", "service_tier = 'batch'")), BATCH),
    Case("kept in the US", priced(of("usage_report", "inference_geo = 'us'")), US_ONLY),
    Case(
        "fast mode and Priority Tier have no list price: unpriced, not free",
        "select sum(quantity) from unpriced_usage "
        f"where {of('usage_report', FEBRUARY)} and service_tier in ('fast', 'priority')",
        D(7_000 + 800 + 4_000 + 600),
    ),
    Case(
        "without a bill the usage report carries the month, neither Console nor activity add",
        billed(of_month("2026-02")),
        STANDARD + SEARCHES + BATCH + US_ONLY,
    ),
    Case(
        # The 5th as the report has it, and the 6th, which the Console's export has alone.
        "a billed month is the report's, in cents, as told last; Priority Tier is in no bill",
        billed(of_month("2026-01")),
        (D("20.00005") + D(3)) / 100 + D("0.05"),
    ),
    Case(
        "the quantity of a bill line is the report's, told once though the Console repeats it",
        "select sum(quantity) from measured_bill_lines "
        f"where {of('cost_report', 'meter = ' + repr('input_tokens'))}",
        D(100_000),
    ),
    Case(
        "the Console's dollars and list prices",
        "select sum(net_amount) + 100 * sum(list_amount) from bill_lines "
        f"where {of('console_cost_csv')}",
        D("0.25") + 100 * D("0.27"),
    ),
    Case(
        "where nothing else is known the activity is priced, never its own estimate",
        billed(
            "x_source_dataset = 'anthropic/claude_code' "
            "and strftime(charge_period_start, '%Y-%m') = '2025-12'"
        ),
        ACTIVITY,
    ),
    Case(
        "a subscription's use is not billable",
        f"select sum(quantity) from usage where {of('claude_code', 'not is_billable')}",
        D(9_000_000 + 1_000_000),
    ),
    Case("Claude Code, replaced", records("anthropic/claude_code", "superseded"), 1),
    Case("Claude Code, that count", records("anthropic/claude_code", "accepted"), 3),
    Case("Claude Code, nobody knows who pays", records("anthropic/claude_code", "quarantined"), 1),
    Case("Console usage, replaced", records("anthropic/console_usage_csv", "superseded"), 1),
    Case("costs replaced", records("anthropic/cost_report", "superseded"), 1),
]
