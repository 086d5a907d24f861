"""Budgets, anomalies and alerts: the borders of an unusual day, and the sample's figures by hand.

The border cases run the model's own SQL, as dbt has compiled it, over charges made by hand.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
BOOKS = json.loads((PROJECT / "tests" / "python" / "sample_expected.json").read_text())
COMPILED = Path("target/compiled/ai_spend/models/marts/budgets")
D = Decimal


def books(service: str, *months: str) -> Decimal:
    """Billed cost of a service in the generator's own books."""
    return sum(
        D(row["billed_cost"])
        for row in BOOKS["billed"]
        if row["service"] == service and (not months or row["month"] in months)
    )


# ---------------------------------------------------------------------------- anomalies
def usage(cost: str, start: str, hours: float = 24, **changes) -> dict:
    period_start = datetime.fromisoformat(start)
    return {
        "service_name": "Claude API",
        "x_department": "Sales",
        "x_feature": "chat",
        "billing_currency": "USD",
        "charge_category": "Usage",
        "charge_class": None,
        "charge_period_start": period_start,
        "charge_period_end": period_start + timedelta(hours=hours),
        "effective_cost": D(cost),
    } | changes


@pytest.fixture
def judge(sample_build):
    """The verdicts on a service's days, by the compiled SQL of daily_verdicts."""
    sql = (sample_build.folder / COMPILED / "daily_verdicts.sql").read_text(encoding="utf-8")

    def ask(charges: list[dict]) -> list[dict]:
        with duckdb.connect() as connection:
            connection.execute("attach ':memory:' as ai_spend")
            connection.execute(
                "create table ai_spend.main.last_complete_day as "
                "select date '2027-01-01' as last_complete_day"
            )
            connection.execute(
                "create table ai_spend.main.charge (service_name varchar, x_department varchar, "
                "x_feature varchar, billing_currency varchar, charge_category varchar, "
                "charge_class varchar, charge_period_start timestamp, charge_period_end timestamp, "
                "effective_cost decimal(38,18))"
            )
            connection.executemany(
                "insert into ai_spend.main.charge values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [list(charge.values()) for charge in charges],
            )
            result = connection.execute(f"select * from ({sql}) where scope_type = 'service'")
            names = [column[0] for column in result.description]
            assert not [c for c in result.description if str(c[1]) in ("DOUBLE", "FLOAT")]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return ask


def days_of(costs: dict[str, str]) -> list[dict]:
    return [usage(cost, day) for day, cost in costs.items()]


def test_days_of_the_sample_hold_all_daily_usage(sample_build):
    """OpenAI's usage is told by day: all of it is there, the credit of 25.00 is not."""
    rows = sample_build.rows(
        "select charge_day, effective_cost from daily_verdicts "
        "where scope_type = 'service' and scope_value = 'OpenAI API'"
    )
    assert sum(cost for _, cost in rows) == books("openai_api") + 25
    # 2026-05-01 to 2026-09-30: 31 + 30 + 31 + 31 + 30 days, each once
    assert len({day for day, _ in rows}) == len(rows) == 153


def test_an_unusual_day_is_told_from_a_usual_one(judge):
    """Working days of June cost 10, 11 or 12; the spread is 1 and the border 5 spreads away.

    2026-06-01 is a Monday. Nine days of 10, 11, 12 three times: median 11, deviations 1, 0, 1 ...,
    six of them 1, so that their median is 1. 17 is not above 11 + 5 x 1 = 16 by 0, but by 1.
    """
    nine = ["01", "02", "03", "04", "05", "08", "09", "10", "11"]
    usual = {f"2026-06-{day}": c for day, c in zip(nine, ["10", "11", "12"] * 3, strict=True)}

    def verdict(cost: str, day: str = "2026-06-12", before=usual) -> dict:
        rows = judge(days_of(before | {day: cost}))
        (row,) = [row for row in rows if row["charge_day"] == date.fromisoformat(day)]
        return row

    high = verdict("17")
    assert (high["days_compared"], high["median_cost"], high["spread"]) == (9, 11, 1)
    assert (high["deviation"], high["verdict"]) == (6, "Unusually high")
    assert verdict("16")["verdict"] == "Usual"
    assert verdict("16.01")["verdict"] == "Unusually high"
    assert verdict("6")["verdict"] == "Usual"
    assert verdict("5.99")["verdict"] == "Unusually low"
    # a Saturday is compared with no working day
    assert verdict("100", "2026-06-13")["verdict"] == "Too few days"
    # eight days are enough, seven are not
    eight = {day: cost for day, cost in usual.items() if day != "2026-06-01"}
    assert verdict("100", before=eight)["verdict"] == "Unusually high"
    seven = {day: cost for day, cost in eight.items() if day != "2026-06-02"}
    assert verdict("100", before=seven)["verdict"] == "Too few days"
    # one spike before does not hide the next: an average would be 109 and its spread 300
    spiked = usual | {"2026-06-11": "1000"}
    assert verdict("17", before=spiked)["verdict"] == "Unusually high"
    # at a flat price the spread is 5 % of it: 10 x 0.05 x 5 = 2.50
    flat = dict.fromkeys(usual, "10")
    assert verdict("12.50", before=flat)["verdict"] == "Usual"
    assert verdict("12.51", before=flat)["verdict"] == "Unusually high"
    # and at least a hundredth: 0.02 x 0.05 is less, 0.02 + 5 x 0.01 = 0.07
    cheap = dict.fromkeys(usual, "0.02")
    assert verdict("0.07", before=cheap)["verdict"] == "Usual"
    assert verdict("0.08", before=cheap)["verdict"] == "Unusually high"


def test_days_without_charges_count_and_old_days_do_not(judge):
    """A service that costs on two working days of ten has no usual day; only 42 days count."""

    def on(day: date, costs: dict[str, str]) -> dict:
        (row,) = [row for row in judge(days_of(costs)) if row["charge_day"] == day]
        return row

    rare = on(date(2026, 6, 15), {"2026-06-01": "10", "2026-06-02": "10", "2026-06-15": "10"})
    assert (rare["days_compared"], rare["median_cost"]) == (10, 0)  # 1-5 and 8-12 June
    assert rare["verdict"] == "No usual day"
    # 2026-08-03 is a Monday too; the 42 days before it reach back to 2026-06-22: 6 weeks of 5 days
    assert on(date(2026, 8, 3), {"2026-06-01": "10", "2026-08-03": "10"})["days_compared"] == 30


def test_only_daily_usage_is_judged(judge):
    """Fees, taxes, corrections and months fall on no day; hours of a day add up."""
    rows = judge(
        [
            usage("1", "2026-06-10T08:00:00", hours=1),
            usage("2", "2026-06-10T09:00:00", hours=1),
            usage("30", "2026-06-01", hours=30 * 24),
            usage("19", "2026-06-10", charge_category="Purchase"),
            usage("-1", "2026-06-10", charge_class="Correction"),
            usage("4", "2026-06-10", billing_currency="EUR"),
        ]
    )
    assert {(r["billing_currency"], r["effective_cost"]) for r in rows} == {("EUR", 4), ("USD", 3)}
    assert len(rows) == 2


# ---------------------------------------------------------------------------- budgets
def test_budgets_of_the_sample(sample_build):
    """Claude API in the third quarter: 533.5755878 + 491.3789992 + 520.5290454 = 1,545.4836324 of
    1,500.00. GitHub Copilot: all seats and credits of the year."""
    status = {
        row[0]: row[1:]
        for row in sample_build.rows(
            "select budget_id, actual_cost, remaining, share_spent, verdict, breach_kind, "
            "back_test_count from budget_status"
        )
    }
    spent = D("533.5755878") + D("491.3789992") + D("520.5290454")
    assert spent == books("claude_api", "2026-07", "2026-08", "2026-09")
    # May to August are over: four months to test the forecast on
    assert status["CLAUDE-2026-Q3"] == (
        spent, 1500 - spent, D("1.030322"), "Over", "actual", 4,
    )  # fmt: skip
    copilot = status["COPILOT-2026"]
    assert copilot[0] == D("9315.5483870961") + D("2870.1410002688")
    assert copilot[3] in ("Within", "At risk", "Forecast over")


def test_today_comes_from_the_data(sample_build):
    """The sample ends with usage on 2026-09-30, which may still be running."""
    (row,) = sample_build.rows("select newest_day, last_complete_day from last_complete_day")
    assert row == (date(2026, 9, 30), date(2026, 9, 29))


def test_forecasts_stay_within_what_their_back_tests_say(sample_build):
    """A range holds its forecast, is known from three back-tests on, and never starts below what is
    already spent."""
    rows = sample_build.rows(
        "select budget_id, actual_cost, forecast_low, forecast_cost, forecast_high, "
        "back_test_count from budget_status"
    )
    assert rows
    for name, actual, low, forecast, high, tests in rows:
        assert tests == 4, name
        assert actual <= low <= forecast <= high, name


# ---------------------------------------------------------------------------- alerts
def test_every_alert_has_its_evidence(sample_build):
    """The query of an alert runs, and its rows add up to the cost that the alert states."""
    alerts = sample_build.rows("select subject, evidence_query, actual_cost from alerts")
    assert {subject for subject, _, _ in alerts if subject.startswith("Budget CLAUDE")}
    assert any(subject.startswith("Unusually high") for subject, _, _ in alerts)
    for subject, query, cost in alerts:
        rows = sample_build.rows(query)
        assert rows, subject
        assert sum(row[-1] for row in rows) == cost, subject
