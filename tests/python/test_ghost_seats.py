"""Ghost seats of the sample: what the generator planted is found and is waste, nothing else is."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from decimal import Decimal as D
from pathlib import Path

import pytest

from ai_spend.sample import people

PROJECT = Path(__file__).resolve().parents[2]
BOOKS = json.loads((PROJECT / "tests" / "python" / "sample_expected.json").read_text())
GHOSTS = ("certain", "probable", "review")
# seeds/organisation/seat_exclusions.csv: p-095 is on leave all the time, p-113 until June's end.
ON_LEAVE = {("chatgpt", f"2026-0{month}", "p-095") for month in range(5, 10)} | {
    ("chatgpt", "2026-05", "p-113"),
    ("chatgpt", "2026-06", "p-113"),
}


def holder(person: str) -> str | None:
    """The pseudonym of a person; the seats of nobody have none."""
    return "p-" + hashlib.sha256(f"ai_spend{person}".encode()).hexdigest()[:16] if person else None


@pytest.fixture(scope="module")
def planted() -> Counter:
    """(service, month, holder, verdict) of the generator's books, without who is on leave."""
    return Counter(
        (seat["service"], seat["month"], holder(seat["person"]), seat["verdict"])
        for seat in BOOKS["idle_seats"]
        if (seat["service"], seat["month"], seat["person"]) not in ON_LEAVE
    )


@pytest.fixture(scope="module")
def found(sample_build) -> Counter:
    return Counter(
        sample_build.rows(
            f"""
            select service, strftime(month_start, '%Y-%m'), holder, verdict
            from ghost_seats where verdict in {GHOSTS}
            """
        )
    )


def test_all_planted_ghosts_are_found_and_nothing_else(planted, found):
    assert planted == found


def test_each_kind_of_verdict_is_planted(planted):
    assert {verdict for _, _, _, verdict in planted} == set(GHOSTS)


def test_the_table_of_the_docs_page_is_what_the_build_finds(planted, found):
    """docs/ghost-seats.md: service, planted, found, false."""
    page = (PROJECT / "docs" / "ghost-seats.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    counted = []
    for service in sorted({key[0] for key in planted | found}):
        of_plan = Counter({k: n for k, n in planted.items() if k[0] == service})
        of_mart = Counter({k: n for k, n in found.items() if k[0] == service})
        hits, false = (of_plan & of_mart).total(), (of_mart - of_plan).total()
        counted.append((service, str(of_plan.total()), str(hits), str(false)))
    assert written == counted


def test_leave_is_excluded_as_long_as_it_lasts(sample_build):
    rows = sample_build.rows(
        f"""
        select strftime(month_start, '%Y-%m'), holder, verdict from ghost_seats
        where service = 'chatgpt' and holder in ('{holder("p-095")}', '{holder("p-113")}')
        """
    )
    verdicts = {("chatgpt", month, who): verdict for month, who, verdict in rows}
    for service, month, person in ON_LEAVE:
        assert verdicts[service, month, holder(person)] == "excluded"
    assert verdicts["chatgpt", "2026-07", holder("p-113")] == "certain"


def test_what_can_be_recovered_is_what_the_contracts_let_go(sample_build):
    """Copilot: 1 certain and 3 probable seats at 19 in September, 81 seats of 100 promised until
    2027: 76 at renewal. Microsoft: 6 seats of nobody and 7 idle ones at 30, without a contract in
    the register: 390 now. Google: 1 seat without a price. No other ghost in September."""
    rows = sample_build.rows(
        """
        select
            service, currency, sum(recoverable_cost_now), sum(recoverable_cost_at_renewal),
            sum(recoverable_cost_annualised), count(*) filter (where recoverable_cost_now is null),
            cast(max(renewal_on) as varchar)
        from ghost_seats
        where verdict in ('certain', 'probable') and is_current
        group by service, currency order by service
        """
    )
    assert rows == [
        ("github_copilot", "USD", D(0), D(76), D(912), 0, "2027-01-01"),
        ("google_workspace", None, None, None, None, 1, None),
        ("microsoft_365_copilot", "USD", D(390), D(0), D(4680), 0, None),
    ]
    total = "select sum(recoverable_cost_annualised) from ghost_seats"
    assert sample_build.value(total) == 912 + 4680


@pytest.fixture(scope="module")
def charged(planted) -> Counter:
    """(service, month, holder) of planted ghosts that cost something: Google's have no price."""
    return Counter(
        {
            key[:3]: number
            for key, number in planted.items()
            if key[3] != "review" and key[0] != "google_workspace"
        }
    )


@pytest.fixture(scope="module")
def wasted(sample_build) -> Counter:
    """(service, month, holder) of the seats and months whose charges are waste."""
    return Counter(
        sample_build.rows(
            r"""
            with months as (
                select
                    ghost_seat_charges.seat_id,
                    unnest(regexp_extract_all(evidence, ' (\d{4}-\d{2})', 1)) as month
                from ghost_seat_charges
                inner join charge_parts using (charge_id, finding)
                where charge_parts.classification = 'Waste'
            )
            select seats.service, months.month, seats.holder
            from months
            inner join seat_signals as seats
                on months.seat_id = seats.seat_id
                and months.month = strftime(seats.month_start, '%Y-%m')
            """
        )
    )


def test_planted_ghosts_that_cost_something_are_waste_and_nothing_else(charged, wasted):
    assert charged == wasted


def test_the_waste_of_the_docs_page_is_what_the_build_finds(sample_build, charged, wasted):
    """docs/waste.md: service, planted, found, false, waste.

    GitHub: 15 months at 19. Microsoft: 18 at 30, and 4, 4, 6 and 6 seats of nobody at 30. ChatGPT:
    300 for the year from May; two people idle for 123 of 365 days, one for 62, after a leave.
    """
    cost = dict(
        sample_build.rows(
            """
            select charge.service, sum(charge_parts.effective_cost)
            from charge inner join charge_parts using (charge_id)
            where charge_parts.finding = 'ghost seat'
            group by charge.service
            """
        )
    )
    year = (2 * D(123) + D(62)) * 300 / 365
    # Each of three parts is rounded down: 12 digits of the share of 300.
    assert year - 900 * D("1e-12") <= cost.pop("chatgpt") <= year
    assert cost == {"github_copilot": 15 * D(19), "microsoft_365_copilot": (18 + 20) * D(30)}

    page = (PROJECT / "docs" / "waste.md").read_text(encoding="utf-8")
    written = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \|$", page, re.MULTILINE
    )
    cost["chatgpt"] = round(year, 2)
    assert written == [
        (
            service,
            str(Counter(key[0] for key in charged.elements())[service]),
            str(Counter(key[0] for key in (charged & wasted).elements())[service]),
            str(Counter(key[0] for key in (wasted - charged).elements())[service]),
            f"{cost[service]:.2f}",
        )
        for service in sorted(cost)
    ]


def test_what_can_be_recovered_is_recommended_once(sample_build):
    """In the newest month: 390 of Microsoft for sure, 76 of GitHub when its contract is renewed."""
    rows = sample_build.rows(
        """
        select service_name, cast(min(evaluation_period_start) as varchar),
            sum(estimated_monthly_cost_impact), sum(best_monthly_cost_impact)
        from recommendations where recommendation_kind = 'ghost seat'
        group by service_name order by service_name
        """
    )
    assert rows == [
        ("GitHub Copilot", "2026-09-01 00:00:00", D(0), D(-76)),
        ("Microsoft 365 Copilot", "2026-09-01 00:00:00", D(-390), D(-390)),
    ]


def test_a_report_that_hides_names_blocks_the_verdict(sample_build):
    rows = sample_build.rows(
        """
        select distinct verdict, signal_state from ghost_seats
        where service = 'microsoft_365_copilot' and month_start = date '2026-08-01'
            and holder is not null
        """
    )
    assert rows == [("unknown", "concealed")]


@pytest.mark.parametrize("mart", ["ghost_seats", "cost_per_outcome", "outcome_costs"])
def test_no_mart_names_a_person(sample_build, mart):
    told = " ".join(str(row) for row in sample_build.rows(f"select {mart}::varchar from {mart}"))
    assert "@" not in told
    for person in people():
        assert person.login not in told and person.gateway_user not in told
