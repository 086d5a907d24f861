"""Two sources of the same calls never add: each pair and all of them, per vendor.

The sources state different amounts on purpose, so that the total tells which one was taken.
OpenAI: the bill says 3.33, the usage report at list price is 3.50, the gateway states 3.60.
Anthropic: the bill says 2.85, the usage report at list price is 3.00, the gateway states 3.10,
the application's message log at list price is 3.00.

The source is chosen day by day, so each set of sources stands in a month of its own and one build
proves them all. Two logs see the same calls where their tokens and times are the same; where they
do not, they add up.
"""

from decimal import Decimal
from itertools import combinations

import pytest
import raw
from conftest import CHARGES_ALONE, STRICT_AND_LENIENT, rebuilt, run_dbt

DAY = "2026-06-10"


def openai_bill(landing, day=DAY):
    page = raw.openai_page(
        day,
        raw.openai_cost("gpt-4o, input", 2.34, 1_000_000),
        raw.openai_cost("gpt-4o, output", "0.99", 100_000),
    )
    raw.write_page(landing, "openai/costs", page, name=f"costs_{day}.json")


def openai_report(landing, day=DAY):
    page = raw.openai_page(day, raw.openai_usage())
    raw.write_page(landing, "openai/usage_completions", page, name=f"usage_{day}.json")


def gateway(landing, day, request_id, **changes):
    times = {"startTime": f"{day}T08:00:00Z", "endTime": f"{day}T08:00:20Z"}
    call = raw.gateway_call(request_id, **times, **changes)
    raw.spend_logs(landing, call, name=f"{request_id}.jsonl")


def openai_gateway(landing, day=DAY):
    gateway(landing, day, f"openai-{day}", spend=3.6)


def claude_bill(landing, day=DAY):
    page = raw.anthropic_page(
        day,
        raw.anthropic_cost("190", "uncached_input_tokens"),
        raw.anthropic_cost("95.0", "output_tokens"),
    )
    raw.write_page(landing, "anthropic/cost_report", page, name=f"costs_{day}.json")


def claude_report(landing, day=DAY):
    page = raw.anthropic_page(day, raw.anthropic_usage())
    raw.write_page(landing, "anthropic/usage_report", page, name=f"usage_{day}.json")


def claude_gateway(landing, day=DAY):
    changes = {"model": "claude-sonnet-5", "custom_llm_provider": "anthropic"}
    gateway(landing, day, f"claude-{day}", spend=3.1, **changes)


def claude_messages(landing, day=DAY, hour="08", **usage):
    message = raw.claude_message(f"msg-{day}", **usage) | {"timestamp": f"{day}T{hour}:00:00Z"}
    raw.write_lines(landing / "anthropic" / "messages" / f"log_{day}.jsonl", message)


OPENAI = {"bill": openai_bill, "report": openai_report, "gateway": openai_gateway}
ANTHROPIC = {
    "bill": claude_bill,
    "report": claude_report,
    "gateway": claude_gateway,
    "messages": claude_messages,
}
# A bill first. Of equally complete logs the better evidence: the gateway states a cost.
WINNERS = {
    "openai_api": {"bill": "3.33", "gateway": "3.6", "report": "3.5"},
    "claude_api": {"bill": "2.85", "gateway": "3.1", "report": "3", "messages": "3"},
}
# Every set of at least two Anthropic sources, paired with a set of OpenAI sources; each in a month.
CLAUDE_SETS = [set(s) for n in (2, 3, 4) for s in combinations(ANTHROPIC, n)]
OPENAI_SETS = [set(s) for n in (2, 3) for s in combinations(OPENAI, n)]
MONTHS = {
    f"2025-{number + 1:02d}": (claude, OPENAI_SETS[number % len(OPENAI_SETS)])
    for number, claude in enumerate(CLAUDE_SETS)
}


def api_and_csv(landing, account, bill_day, usage_day):
    """A cost page and a usage page of two months, each told again by the dashboard's CSV."""
    folder = f"/account={account}" if account else ""
    bill = raw.openai_page(bill_day, raw.openai_cost("gpt-4o, input", 2.34, 1_000_000))
    raw.write_page(landing, f"openai/costs{folder}", bill, name=f"costs_{bill_day}.json")
    usage = raw.openai_page(usage_day, raw.openai_usage())
    raw.write_page(
        landing, f"openai/usage_completions{folder}", usage, name=f"usage_{usage_day}.json"
    )
    start, end = bill["data"][0]["start_time"], bill["data"][0]["end_time"]
    raw.write_lines(
        landing / "openai" / "costs_csv" / f"costs_{bill_day}.csv",
        "start_time,end_time,amount_value,amount_currency,line_item,project_id,organization_id",
        f'{start},{end},9.99,usd,"gpt-4o, input",proj_1,org-a',
    )
    start, end = usage["data"][0]["start_time"], usage["data"][0]["end_time"]
    raw.write_lines(
        landing / "openai" / "usage_csv" / f"usage_{usage_day}.csv",
        "start_time,end_time,project_id,model,input_tokens,output_tokens,input_cached_tokens",
        f"{start},{end},proj_1,gpt-4o,900000.0,0.0,0.0",
    )


@pytest.fixture(scope="module")
def every_set(tmp_path_factory):
    """One build in which each month has one set of sources of each vendor; 2024 holds the rest."""
    folder = tmp_path_factory.mktemp("billing_sources")
    landing = folder / "landing"
    for month, (claude, openai) in MONTHS.items():
        for source in claude:
            ANTHROPIC[source](landing, f"{month}-10")
        for source in openai:
            OPENAI[source](landing, f"{month}-10")
    # A month without a bill beside a billed one.
    openai_bill(landing, "2024-01-10")
    openai_report(landing, "2024-01-10")
    openai_report(landing, "2024-02-10")
    # Two organisations. The gateway does not say which it called: one of the bills holds its calls.
    for account in ("org-a", "org-b"):
        page = raw.openai_page("2024-03-10", raw.openai_cost("gpt-4o, input", 2.5, 1_000_000))
        raw.write_page(landing, f"openai/costs/account={account}", page)
    openai_gateway(landing, "2024-03-10")
    # The gateway's call and another one, of half the tokens, four hours later.
    claude_gateway(landing, "2024-08-10")
    claude_messages(landing, "2024-08-10", "12", input_tokens=500_000, output_tokens=50_000)
    # The same logs beside a bill of the day before: 1.90 of input alone.
    page = raw.anthropic_page("2024-09-09", raw.anthropic_cost("190", "uncached_input_tokens"))
    raw.write_page(landing, "anthropic/cost_report", page, name="costs_2024-09-09.json")
    claude_gateway(landing, "2024-09-09")
    claude_gateway(landing, "2024-09-10")
    # The CSV names its organisation, the API's pages only do where they lie in a folder.
    api_and_csv(landing, None, "2024-04-10", "2024-05-10")
    api_and_csv(landing, "org-a", "2024-06-10", "2024-07-10")
    # A bill beside an estimate, for strict mode.
    openai_bill(landing)
    claude_report(landing)
    built = run_dbt(folder, landing, "build", "--log-level", "warn", *CHARGES_ALONE)
    assert built.returncode == 0, built.output
    return built


@pytest.mark.parametrize("month", MONTHS)
def test_sources_of_the_same_calls_never_add(every_set, month):
    claude, openai = MONTHS[month]
    found = dict(
        every_set.rows(
            f"""
            select service, sum(billed_cost) from charge
            where strftime(billing_period_start, '%Y-%m') = '{month}'
            group by all
            """
        )
    )
    for service, sources in (("claude_api", claude), ("openai_api", openai)):
        winner = next(name for name in WINNERS[service] if name in sources)
        assert found[service] == Decimal(WINNERS[service][winner]), (service, sources)
    assert len(found) == 2
    # What is not charged is still there, as a key, with its reason.
    keys = every_set.value(
        f"""
        select count(*) from billing_sources
        where not is_billing_source and strftime(charge_month, '%Y-%m') = '{month}'
        """
    )
    assert keys == len(claude) + len(openai) - 2


def billed_between(built, first, last, what):
    return built.rows(
        f"""
        select {what}, sum(billed_cost) from charge
        where strftime(billing_period_start, '%Y-%m') between '{first}' and '{last}'
        group by all order by all
        """
    )


@pytest.mark.parametrize("months", [("2024-04", "2024-05"), ("2024-06", "2024-07")])
def test_an_api_and_its_csv_never_add(every_set, months):
    assert billed_between(every_set, *months, "x_source_dataset") == [
        ("openai/costs", Decimal("2.34")),
        ("openai/usage_completions", Decimal("3.5")),
    ]


def test_logs_of_different_calls_add_up(every_set):
    # The gateway states 3.10; 0.5 x 2 + 0.05 x 10 = 1.50 by list, half of the other messages' 3.00.
    assert billed_between(every_set, "2024-08", "2024-08", "x_source_dataset") == [
        ("anthropic/messages", Decimal("1.5")),
        ("litellm/spend_logs", Decimal("3.1")),
    ]


def test_a_bill_covers_its_days_and_a_log_those_after(every_set):
    assert billed_between(every_set, "2024-09", "2024-09", "x_source_dataset") == [
        ("anthropic/cost_report", Decimal("1.9")),
        ("litellm/spend_logs", Decimal("3.1")),
    ]


def test_a_month_without_bill_is_estimated_beside_a_billed_one(every_set):
    what = "strftime(billing_period_start, '%m'), x_cost_basis"
    assert billed_between(every_set, "2024-01", "2024-02", what) == [
        ("01", "Reported", Decimal("3.33")),
        ("02", "Estimated", Decimal("3.5")),
    ]


def test_two_organisations_are_two_accounts_of_one_gateway(every_set):
    assert billed_between(every_set, "2024-03", "2024-03", "billing_account_id") == [
        ("org-a", Decimal("2.5")),
        ("org-b", Decimal("2.5")),
    ]


def test_strict_mode_bills_only_what_a_bill_states(every_set, tmp_path):
    landing = every_set.folder.parent / "landing"
    select = ("--select", "charge_lines+,+charge", "--indirect-selection", "cautious")
    built = rebuilt(every_set, tmp_path, landing, STRICT_AND_LENIENT, *select)
    assert built.rows(
        f"""
        select x_cost_basis, sum(billed_cost), sum(effective_cost), sum(list_cost)
        from charge
        where strftime(billing_period_start, '%Y-%m') = '{DAY[:7]}'
        group by all order by all
        """
    ) == [
        ("Estimated", Decimal(0), Decimal(0), Decimal(3)),
        # The register (seeds/organisation/invoices.csv) has an issued invoice for this bill.
        ("Invoiced", Decimal("3.33"), Decimal("3.33"), Decimal("3.5")),
    ]
