"""The figures of the board report are those of the marts, and bad input makes no wrong report.

Expected values are read from the marts by queries of this file, or worked out by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from report_data import (
    NAMES,
    OWNED,
    Texts,
    changed,
    multiplied,
    one_line,
    only,
    percent,
    renamed,
    shown,
    texts,
)

from ai_spend import cli
from ai_spend.report import ReportError, charts, file_name, make, words, write
from ai_spend.report import marts as reader

MONTH = "2026-09-01"


@pytest.fixture(scope="session")
def september(marts) -> Texts:
    return texts(marts, "2026-09")


@dataclass(frozen=True)
class Query:
    """Rows of the marts, each of which must stand in both forms of a section."""

    db: Path

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(self.db, read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def ask(marts) -> Query:
    return Query(marts)


def hold(report: Texts, title: str, *expected: str) -> None:
    """Every text stands in the section, in the PDF as well as in the page."""
    for form, section in (
        ("PDF", report.pdf_sections[title]),
        ("page", report.page_sections[title]),
    ):
        missing = [text for text in expected if one_line(text) not in section]
        assert not missing, f"{title} in the {form} lacks {missing}: {section}"


# --- every section equals the marts --------------------------------------------------------------


def test_the_three_numbers(september, ask):
    ((total, billed, charges),) = ask.rows(
        "select sum(effective_cost), sum(billed_cost), sum(charge_count) from chargeback "
        f"where billing_month = '{MONTH}'"
    )
    ((before,),) = ask.rows(
        "select sum(effective_cost) from chargeback where billing_month = '2026-08-01'"
    )
    ((waste, best),) = ask.rows(
        "select -sum(estimated_monthly_cost_impact), -sum(best_monthly_cost_impact) "
        f"from recommendations where evaluation_period_start = '{MONTH}' "
        "and recommendation_category = 'Waste'"
    )
    for text in (one_line(september.pdf), september.page):
        assert f"Total AI spend USD {shown(total)} {charges:,} charges, billed USD " in text
        assert f"billed USD {shown(billed)}" in text
        change = percent(total - before, before)
        assert f"Change on August 2026 {change} USD {shown(total - before)}" in text
        assert f"Recoverable waste a month USD {shown(waste)} up to USD {shown(best)}" in text
        assert "Control total USD " + shown(total) in text


def test_a_fall_that_may_be_bills_to_come_says_so(september, ask):
    """Services with money of a vendor's bill or report in August and none in September."""
    ((then, now, count),) = ask.rows(
        f"""
        with services as (
            select
                service_name,
                coalesce(sum(effective_cost) filter (billing_month = '{MONTH}'), 0) as now,
                sum(effective_cost) filter (billing_month = '2026-08-01') as before,
                coalesce(sum(effective_cost) filter (billing_month = '{MONTH}'
                    and cost_basis in ('Invoiced', 'Reported')), 0) as now_stated,
                coalesce(sum(effective_cost) filter (billing_month = '2026-08-01'
                    and cost_basis in ('Invoiced', 'Reported')), 0) as before_stated
            from chargeback where billing_currency = 'USD' group by all
        )
        select sum(before), sum(now), count(*) from services
        where before_stated != 0 and now_stated = 0
        """
    )
    assert count > 3
    said = (
        f"No bill of September 2026 is there yet for Amazon Bedrock, Claude API and {count - 2} "
        f"more: USD {shown(then)} in August 2026, USD {shown(now)} so far."
    )
    assert said in one_line(september.pdf) and said in september.page


def test_the_trend(september, ask):
    rows = ask.rows(
        "select strftime(billing_month, '%B %Y'), sum(effective_cost), sum(billed_cost), "
        + ", ".join(
            f"coalesce(sum(effective_cost) filter (cost_basis = '{basis}'), 0)"
            for basis in ("Invoiced", "Reported", "Stated", "Estimated")
        )
        + " from chargeback where billing_month between '2026-07-01' and '2026-09-01' "
        "and billing_currency = 'USD' group by billing_month order by billing_month"
    )
    assert len(rows) == 3
    hold(september, "Three months", *(" ".join((m, *map(shown, v))) for m, *v in rows))


@pytest.mark.parametrize(
    ("title", "column", "name"),
    [
        ("Spend by department", "department", None),
        ("Spend by vendor and model", "service_name", None),
    ],
)
def test_spend_by(september, ask, title, column, name):
    rows = ask.rows(
        f"""
        select
            {column},
            coalesce(sum(effective_cost) filter (billing_month = '{MONTH}'), 0),
            coalesce(sum(effective_cost) filter (billing_month = '2026-08-01'), 0)
        from chargeback
        where billing_month in ('{MONTH}', '2026-08-01') and billing_currency = 'USD'
        group by all having max(abs(effective_cost)) > 0
        """
    )
    total, before = sum(row[1] for row in rows), sum(row[2] for row in rows)
    large = [(of, now, then) for of, now, then in rows if now > 5]
    assert len(large) >= 5
    hold(
        september,
        title,
        *(f"{of} {shown(now)} {percent(now, total)} {shown(then)}" for of, now, then in large),
        *(f"{of} {shown(now)}" for of, now, _ in rows),
        f"Total {shown(total)} 100.0% {shown(before)} {percent(total - before, before)}",
    )


def test_spend_by_model(september, ask):
    rows = ask.rows(
        f"""
        select ai_model, service_name, sum(effective_cost)
        from chargeback
        where billing_month = '{MONTH}' and ai_model is not null
        group by all order by 3 desc limit 15
        """
    )
    hold(september, "Spend by model", *(f"{m} {s} {shown(cost)}" for m, s, cost in rows))
    first, *_ = [f"{m} at {s} (USD {shown(cost)})" for m, s, cost in rows]
    hold(september, "Spend by vendor and model", first)


def test_investment_and_waste(september, ask):
    rows = dict(
        ask.rows(
            "select classification, sum(effective_cost) from investment_vs_waste "
            f"where billing_month = '{MONTH}' group by all"
        )
    )
    total = sum(rows.values())
    hold(
        september,
        "Investment and waste",
        *(
            f"{name} {shown(rows.get(name, 0))} {percent(rows.get(name, 0), total)}"
            for name in ("Investment", "Waste", "Unclassified")
        ),
        *(
            f"{finding} USD {shown(cost)}"
            for finding, cost in ask.rows(
                "select finding, sum(effective_cost) from investment_vs_waste "
                f"where billing_month = '{MONTH}' and classification = 'Waste' group by all"
            )
        ),
        *(
            f"USD {shown(cost)} ({percent(cost, total)})"
            for (cost,) in ask.rows(
                "select sum(effective_cost) from investment_vs_waste "
                f"where billing_month = '{MONTH}' group by seen_as"
            )
        ),
    )


def test_the_top_five_cost_reductions(september, ask):
    rows = ask.rows(
        f"""
        select
            recommendation_description, resource_name, -estimated_monthly_cost_impact,
            -best_monthly_cost_impact, implementation_effort, risk, charges, evaluated_cost,
            evidence_query
        from recommendations
        where evaluation_period_start = '{MONTH}' order by recommendation_rank
        """
    )
    hold(
        september,
        "Top five cost reductions",
        *(f"{shown(sure)} {shown(best)} {effort} {risk} " for _, _, sure, best, effort, risk, *_ in
          rows[:5]),
        *(f"of USD {shown(cost)}" for *_, cost, _ in rows[:5]),
        f"would save USD {shown(sum(row[2] for row in rows[:5]))} a month for sure",
        f"all {len(rows)} found in September 2026 would save USD {shown(sum(r[2] for r in rows))} "
        f"for sure and USD {shown(sum(row[3] for row in rows))} at best",
    )  # fmt: skip
    for what, place, sure, best, effort, risk, *_ in rows[:5]:
        line = f"{what} {place} {shown(sure)} {shown(best)} {effort} {risk}"
        assert line in september.page_sections["Top five cost reductions"]
        # The PDF breaks it in its columns, and keeps the words of each cell together.
        for cell in (what, place):
            squeezed = re.sub(r"\s", "", september.pdf_sections["Top five cost reductions"])
            assert re.sub(r"\s", "", cell) in squeezed
    for query in (row[-1] for row in rows[:5]):
        # Typeset in narrow lines, so blanks are no witness.
        sought = re.sub(r"\s", "", query)
        for sections in (september.pdf_sections, september.page_sections):
            assert sought in re.sub(r"\s", "", sections["Evidence of the cost reductions"])


def test_cost_per_outcome(september, ask):
    rows = ask.rows(
        f"""
        select
            outcome_type, department, feature, accepted_outcomes::bigint, effective_cost,
            cost_per_outcome::decimal(18, 4), x_cost_basis,
            covered_outcomes * 100 / nullif(recorded_outcomes, 0)
        from cost_per_outcome where billing_month = '{MONTH}' and outcome_type is not null
        """
    )
    assert any(row[4] is not None for row in rows) and any(row[4] is None for row in rows)
    hold(
        september,
        "Cost per outcome",
        *(
            f"{kind} {owner}{f' / {feature}' if feature else ''} {accepted} {covered:.1f}% "
            + ("none found" if cost is None else shown(cost))
            for kind, owner, feature, accepted, cost, _, _, covered in rows
        ),
        *(str(each) for *_, each, _, _ in rows if each is not None),
    )
    joined, total = ask.rows(
        "select sum(effective_cost) filter (outcome_type is not null), sum(effective_cost) "
        f"from cost_per_outcome where billing_month = '{MONTH}' and currency = 'USD'"
    )[0]
    hold(september, "Cost per outcome", f"Coverage: USD {shown(joined)} ")
    hold(september, "Cost per outcome", f"of USD {shown(total)} joins an outcome")


def test_model_efficiency(september, ask):
    sizes = dict(
        ask.rows(
            "select model_class, sum(charged_cost) from model_mix "
            f"where usage_month = '{MONTH}' and currency = 'USD' group by all"
        )
    )
    total = sum(sizes.values())
    hold(
        september,
        "Model efficiency",
        f"Frontier models are USD {shown(sizes['frontier'])} "
        f"({percent(sizes['frontier'], total)}) of USD {shown(total)}",
    )
    rows = ask.rows(
        f"""
        select model, service_name, min(model_class), sum(charged_cost), sum(calls)
        from model_efficiency inner join seeds.services using (service)
        where usage_month = '{MONTH}' and currency = 'USD'
        group by all order by 4 desc limit 8
        """
    )
    for model, service, size, cost, calls in rows:
        line = f"{model} {service} {size} {shown(cost)} {f'{calls:,}' if calls else words.NONE}"
        hold(september, "Model efficiency", line)
    model, other, low, high = ask.rows(
        f"""
        select model, alternative_model, low_gain, high_gain from model_candidates
        where usage_month = '{MONTH}' and alternative = 'smaller model' order by high_gain desc
        """
    )[0]
    between = f"between USD {shown(low)} and USD {shown(high)} less"
    hold(september, "Model efficiency", f"larger than the task needs: {model}", other, between)
    (basis,) = ask.rows(
        "select sum(effective_cost) from chargeback where charge_month = '2026-09-01' and "
        "charge_category = 'Usage' and ai_model is not null"
    )[0]
    assert basis == total, "the basis is told of other money than the sizes"


def test_ghost_seats(september, ask):
    rows = ask.rows(
        f"""
        select
            service_name,
            sum(seat_count)::bigint,
            coalesce(sum(seat_count) filter (verdict = 'certain'), 0)::bigint,
            coalesce(sum(seat_count) filter (verdict = 'probable'), 0)::bigint,
            coalesce(sum(seat_count) filter (verdict = 'review'), 0)::bigint,
            coalesce(sum(seat_count) filter (verdict = 'unknown'), 0)::bigint,
            sum(effective_cost) filter (verdict in ('certain', 'probable')),
            sum(recoverable_cost_now), sum(recoverable_cost_at_renewal)
        from ghost_seats inner join seeds.services using (service)
        where month_start = '{MONTH}' group by all
        """
    )
    for service, *counts, cost, now, later in rows:
        money = [words.NONE if cost is None else shown(cost), shown(now or 0), shown(later or 0)]
        hold(september, "Ghost seats", " ".join([service, *map(str, counts), *money]))
    now, later = sum(row[7] or 0 for row in rows), sum(row[8] or 0 for row in rows)
    hold(september, "Ghost seats", f"USD {shown(now)} a month stops", f"USD {shown(later)} more")


def test_budgets(september, ask):
    rows = ask.rows(
        f"""
        select scope_value, budget_id, amount, actual_cost, not_yet_invoiced, forecast_cost,
            forecast_low, forecast_high, verdict
        from budget_status where period_start < '2026-10-01' and period_end > '{MONTH}'
        """
    )
    assert len(rows) == 10
    for scope, budget, *amounts, low, high, verdict in rows:
        hold(
            september,
            "Budget and forecast",
            f"{' '.join(map(shown, amounts))} {shown(low)} to {shown(high)} {verdict}",
        )
        # In a narrow column of the PDF a name is broken at its hyphen.
        assert f"{scope} ({budget})" in september.page_sections["Budget and forecast"]
        assert f"({budget})".replace("-", "") in re.sub(
            r"[\s-]", "", september.pdf_sections["Budget and forecast"]
        )
    over = sum(row[-1] == "Over" for row in rows)
    hold(september, "Budget and forecast", f"{over} budgets passed: ")


def test_agentic_share(september, ask):
    agents, others, unknown = ask.rows(
        "select sum(agentic_cost), sum(not_agentic_cost), sum(agentic_unknown_cost) "
        f"from spend_metrics where charge_month = '{MONTH}' and billing_currency = 'USD'"
    )[0]
    total = agents + others + unknown
    hold(
        september,
        "Agentic share",
        f"Agents used {percent(agents, agents + others)} of what is known",
        *(
            f"{name} {shown(cost)} {percent(cost, total)}"
            for name, cost in (("Agents", agents), ("Others", others), ("Unknown", unknown))
        ),
        f"Coverage: {percent(agents + others, total)} of the spend",
    )


def test_reconciliation(september, ask):
    bases = dict(
        ask.rows(
            "select cost_basis, sum(billed_cost) from chargeback "
            f"where billing_month = '{MONTH}' group by all"
        )
    )
    rest = bases["Stated"] + bases["Estimated"]
    hold(
        september,
        "How sure these figures are",
        f"USD {shown(bases.get('Invoiced', 0))} stands on invoices",
        f"USD {shown(bases['Reported'])} is reported",
        f"USD {shown(rest)} ({percent(rest, sum(bases.values()))}) rests on gateways",
    )
    for status, *figures in ask.rows(
        "select status, count(*), sum(billed_cost), sum(difference), sum(unexplained) "
        f"from reconciliation where billing_month = '{MONTH}' and currency = 'USD' group by all"
    ):
        line = f"{status} {figures[0]} {' '.join(map(shown, figures[1:]))}"
        hold(september, "How sure these figures are", line)
    ((gaps,),) = ask.rows(
        "select sum(expected_amount) from gaps where not is_usual and first_day < '2026-10-01' "
        f"and last_day >= '{MONTH}'"
    )
    hold(
        september,
        "How sure these figures are",
        f"days and pages that nothing covers: USD {shown(gaps)}",
    )


def test_the_appendix(september, ask):
    ((total,),) = ask.rows(
        "select sum(effective_cost) from charge where billing_period_start >= '2026-09-01' "
        "and billing_period_start < '2026-10-01'"
    )
    digits = f"{total:,f}".rstrip("0")
    hold(
        september,
        "Control totals",
        *(f"{of} USD {digits} equal" for of in ("charge", "investment_vs_waste")),
        f"this report USD {digits}",
    )
    ((rules, passed),) = ask.rows(
        "select (select count(*) from focus_rule_coverage where focus_version = '1.4'), "
        "(select count(*) from focus_rule_results where focus_version = '1.4' "
        "and verdict = 'pass')"
    )
    ((version,),) = ask.rows("select distinct package_version from seeds.model_prices")
    hold(
        september,
        "Method",
        f"version 1.4, {rules:,} rules, {passed:,} checks pass, 0 MUST fail",
        f"genai-prices {version}",
        "EUR was last charged in July 2026",
    )


def test_two_currencies_stand_apart(marts, ask):
    report = texts(marts, "2026-07")
    sums = dict(
        ask.rows(
            "select billing_currency, sum(effective_cost) from chargeback "
            "where billing_month = '2026-07-01' group by all"
        )
    )
    assert set(sums) == {"USD", "EUR"}
    assert [block.currency for block in report.made.report.blocks] == ["USD", "EUR"]
    added = shown(sum(sums.values()))
    for text in (one_line(report.pdf), report.page):
        for currency, total in sums.items():
            assert f"Amounts in {currency}" in text
            assert f"Total AI spend {currency} {shown(total)}" in text
        assert added not in text
        assert f"Control total USD {shown(sums['USD'])} and EUR {shown(sums['EUR'])}" in text


def test_a_department_sees_its_own_rows_alone(marts, ask):
    own = texts(marts, "2026-09", "Field Service")
    ((total, billed),) = ask.rows(
        "select sum(effective_cost), sum(billed_cost) from chargeback "
        f"where billing_month = '{MONTH}' and department = 'Field Service'"
    )
    assert own.made.report.blocks[0].effective == total
    assert own.made.report.blocks[0].billed == billed
    others = [
        row[0] for row in ask.rows("select distinct department from chargeback")
        if row[0] not in ("Field Service", "Unattributed")
    ]  # fmt: skip
    assert len(others) > 5
    for text in (one_line(own.pdf), own.page):
        assert f"Total AI spend USD {shown(total)}" in text
        assert not [name for name in others if name in text]
    hold(own, "Spend by feature", "(no feature) ")
    hold(own, "Budget and forecast", "Field Service (FSV-2026-Q3)")
    assert "ENG-2026-Q3" not in own.page
    hold(own, "How sure these figures are", "for the company as a whole: see its report")
    # The sum of all departments is the company: each is read apart, and nothing twice.
    names = [row[0] for row in ask.rows("select distinct department from chargeback")]
    editions = [reader.read(marts, Path("/nowhere"), "2026-09", name) for name in names]
    found = sum(block.effective for edition in editions for block in edition.blocks)
    assert (
        found
        == ask.rows(f"select sum(effective_cost) from chargeback where billing_month = '{MONTH}'")[
            0
        ][0]
    )


def test_no_person_is_named(sample_build, marts, september):
    """Neither the pseudonyms of the marts nor the people of the register."""
    own = texts(marts, "2026-09", "Engineering")
    with duckdb.connect(marts, read_only=True) as connection:
        pseudonyms = connection.execute(
            "select user_pseudonym from chargeback union select holder from ghost_seats "
            "union select driver_user_pseudonym from anomalies"
        ).fetchall()
    with duckdb.connect(sample_build.db, read_only=True) as connection:
        people = connection.execute("select columns(* exclude (valid_from, valid_to)) "
                                    "from seeds.people").fetchall()  # fmt: skip
        departments = {
            row[0] for row in connection.execute("select department from chargeback").fetchall()
        }
    names = {row[0] for row in pseudonyms if row[0]} | {
        str(value)
        for row in people
        for value in row
        if value and len(str(value)) > 4 and str(value) not in departments and "-" not in str(value)
    }
    assert len(names) > 100
    for report in (september, own):
        content = report.made.page + report.made.mail + report.pdf
        assert not [name for name in names if name in content]


# --- bad input -----------------------------------------------------------------------------------


def test_a_month_without_data(marts):
    report = texts(marts, "2031-01")
    for text in (one_line(report.pdf), report.page):
        assert "Nothing was charged in January 2031. Charges reach from May 2026 to" in text
        assert "No outcome" in text and "No seat list was delivered" in text
        assert "No budget in any currency covers January 2031" in text
    assert not report.made.report.has_charges
    # Every section says why it is empty.
    assert all(text for text in report.page_sections.values())


def test_the_first_month_and_one_month_only(marts, tmp_path):
    months = {
        "chargeback": "billing_month",
        "charge": "billing_period_start",
        "investment_vs_waste": "billing_month",
        "cost_per_outcome": "billing_month",
        "spend_metrics": "charge_month",
    }
    db = changed(marts, tmp_path / "m.duckdb", *only(f"cast({{}} as date) = '{MONTH}'", months))
    report = texts(db)
    assert report.made.report.period == date(2026, 9, 1)
    for text in (one_line(report.pdf), report.page):
        assert "The data do not reach July 2026 and August 2026." in text
        assert "September 2026 is the first month of the data." in text
        # Nothing was there before, so there is no percentage.
        total = report.made.report.blocks[0].effective
        assert f"Change on August 2026 USD +{shown(total)} no percentage" in text


def test_one_vendor_no_seats_no_outcomes_no_budgets(marts, tmp_path):
    db = changed(
        marts,
        tmp_path / "m.duckdb",
        *(f"delete from {table}" for table in ("ghost_seats", "budget_status", "recommendations")),
        "delete from cost_per_outcome where outcome_type is not null and effective_cost is null",
        "update cost_per_outcome set outcome_type = null",
        *(f"delete from {table}" for table in ("model_candidates", "model_efficiency")),
        "delete from model_mix",
        "update chargeback set service_name = 'Only One'",
        "update spend_metrics set agentic_unknown_cost = effective_cost, agentic_cost = 0, "
        "not_agentic_cost = 0",
    )
    report = texts(db, "2026-09")
    hold(report, "Spend by vendor and model", "Only One is the largest", "100.0% of the total")
    hold(report, "Ghost seats", "No seat list was delivered for September 2026")
    hold(report, "Cost per outcome", "No outcome (a resolved ticket, a merged pull request)")
    hold(report, "Budget and forecast", "No budget in USD covers September 2026")
    hold(report, "Top five cost reductions", "Neither waste nor a cheaper alternative was found")
    hold(report, "Model efficiency", "No use of a model was charged in September 2026")
    hold(report, "Agentic share", "Nothing says of any use of September 2026 whether agents")
    assert "No rule found waste in the charges of September 2026." in report.page


def test_nothing_the_month_before_is_no_percentage(marts, tmp_path):
    by_month = ("chargeback", "investment_vs_waste", "cost_per_outcome")
    tables = {"charge": "billing_period_start", **dict.fromkeys(by_month, "billing_month")}
    kept = only("cast({} as date) != '2026-08-01'", tables)
    report = texts(changed(marts, tmp_path / "m.duckdb", *kept), "2026-09")
    for text in (one_line(report.pdf), report.page):
        assert "Nothing was charged in August 2026, so there is no percentage." in text
        assert "∞" not in text and "NaN" not in text
        assert "Infinity" not in text


def test_credits_larger_than_costs_have_no_shares(marts, tmp_path):
    report = texts(changed(marts, tmp_path / "m.duckdb", *multiplied(-1)), "2026-09")
    total = report.made.report.blocks[0].effective
    assert total < 0
    for text in (one_line(report.pdf), report.page):
        assert f"Total AI spend USD {shown(total)}" in text
        assert "Credits and corrections outweigh what was charged" in text
        assert (
            f"Engineering {shown(report.made.report.blocks[0].departments[-1].effective)}" in text
        )


def test_what_nobody_knows_the_money_of_is_told_and_no_line_hides_another(marts, tmp_path):
    """Two lines unexplained by +7.00 and -7.00 are 14.00. A page is missing; what is on it nobody
    knows. The sample's six lines of September without a price stay six."""
    lines = (
        "update reconciliation set unexplained = {0} where reconciliation_id = ("
        "select reconciliation_id from reconciliation where billing_month = '2026-09-01' "
        "and currency = 'USD' order by 1 limit 1 offset {1})"
    )
    db = changed(
        marts,
        tmp_path / "m.duckdb",
        lines.format("7", 0),
        lines.format("-7", 1),
        "insert into gaps by name select 'pages missing' as gap, 'acme/costs.json' as source_file, "
        "false as is_usual",
    )
    report = texts(db, "2026-09")
    for text in (one_line(report.pdf), report.page):
        assert "USD 14.00 is unexplained" in text
        assert "6 lines of use or seats without any price could not be held against a bill" in text
        assert (
            "days and pages that nothing covers, for an amount that is not known: acme/costs.json "
            "(pages missing)" in text
        )


def test_amounts_of_a_thousand_million_millions(marts, tmp_path):
    """10^11 times the sample: every digit of the sum is there, in both forms."""
    report = texts(changed(marts, tmp_path / "m.duckdb", *multiplied(10**11)), "2026-09")
    total = report.made.report.blocks[0].effective
    assert total == Decimal("696934263736320.000000000000000000")
    for text in (one_line(report.pdf), report.page):
        assert "USD 696,934,263,736,320.00" in text


SHOWN = {**NAMES, "control": "Line one line twoend".replace("twoend", "two end")}


def test_names_are_texts_whatever_is_in_them(marts, tmp_path):
    assert len(NAMES["long"]) >= 190
    departments = ("Engineering", "Data Science", "Marketing", "Sales", "Finance", "Field Service")
    statements = [
        statement
        for old, new in zip(departments, NAMES.values(), strict=True)
        for statement in renamed(old, new.replace("\u0000", ""))
    ]
    report = texts(changed(marts, tmp_path / "m.duckdb", *statements), "2026-09")
    for kind, name in SHOWN.items():
        assert one_line(name).replace(" ", "") in report.page.replace(" ", ""), kind
        if kind != "right to left":
            # Broken over lines in a narrow column, so blanks are no witness.
            assert re.sub(r"\s", "", name) in re.sub(r"\s", "", report.pdf), kind
    # Letters that run from the right come out of a PDF in the order of the reader's choice.
    assert any(text in report.pdf for text in ("מחלקת", "מחלקת"[::-1]))
    assert "<script>document" not in report.made.page.replace("\\u003c", "<script-data>")
    assert "<img src=x" not in report.made.page and "<img src=x" not in report.made.mail
    edition = texts(tmp_path / "m.duckdb", "2026-09", NAMES["html"])
    assert one_line(NAMES["html"]) in edition.page
    assert edition.made.name.startswith("ai-spend-2026-09-script-document-title-pwned-script-")


def test_letters_that_no_font_has_make_a_report_all_the_same(marts, tmp_path):
    """A machine without such fonts shows boxes in the PDF; the page has the letters."""
    name = "部門 \N{ROCKET} हिन्दी \ufdfd \ue000 \uffff"
    report = texts(changed(marts, tmp_path / "m.duckdb", *renamed("Engineering", name)), "2026-09")
    assert "部門 \N{ROCKET} हिन्दी \ufdfd \ue000" in report.page
    engineering = report.made.report.blocks[0].departments[0].effective
    assert f"is the largest with USD {shown(engineering)}" in one_line(report.pdf)


def test_a_database_of_another_version_is_no_traceback(marts, tmp_path):
    older = "alter table budget_status drop column forecast_low"
    with pytest.raises(ReportError, match=r"is not what this version builds.*forecast_low"):
        make(changed(marts, tmp_path / "m.duckdb", older), tmp_path)


def test_file_names_of_departments_never_collide():
    month = date(2026, 9, 1)
    names = ["Field Service", "field-service", "Field  Service", "מחלקה", "部門", "../../etc", ""]
    files = [file_name(month, name) for name in names]
    assert len(set(files)) == len(names)
    assert all(re.fullmatch(r"ai-spend-2026-09(-[a-z0-9]+)+", name) for name in files)
    assert file_name(month, None) == "ai-spend-2026-09"


# --- what makes no report ------------------------------------------------------------------------


def test_totals_that_differ_make_no_report(marts, tmp_path):
    one = "0.000000000000000001"
    for table in ("charge", "investment_vs_waste", "cost_per_outcome"):
        db = changed(
            marts,
            tmp_path / f"{table}.duckdb",
            f"update {table} set effective_cost = effective_cost + {one} "
            f"where rowid = (select max(rowid) from {table} where effective_cost > 0 and "
            + ("billing_period_start" if table == "charge" else "billing_month")
            + f" = '{MONTH}')",
        )
        with pytest.raises(ReportError, match=f"Control totals differ.*{table}"):
            make(db, tmp_path, "2026-09")


def test_a_failed_build_makes_no_report(marts, tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", "target")
    (tmp_path / "target").mkdir()
    results = {"results": [{"unique_id": "test.ai_spend.broken", "status": "fail"}]}
    (tmp_path / "target" / "run_results.json").write_text(json.dumps(results), encoding="utf-8")
    with pytest.raises(ReportError, match=r"failed \(test.ai_spend.broken\).*makes no report"):
        make(marts, tmp_path)
    results["results"][0]["status"] = "pass"
    (tmp_path / "target" / "run_results.json").write_text(json.dumps(results), encoding="utf-8")
    assert reader.read(marts, tmp_path).has_charges
    half = changed(marts, tmp_path / "half.duckdb", "drop table investment_vs_waste")
    with pytest.raises(ReportError, match="stopped before it had made investment_vs_waste"):
        make(half, tmp_path)


@pytest.fixture
def run(marts, monkeypatch, tmp_path):
    monkeypatch.setenv("AI_SPEND_DB", str(marts))
    # What dbt did last in the working copy is no matter of these tests.
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "no-target"))

    def invoke(*arguments: str):
        return CliRunner().invoke(cli.main, list(arguments))

    return invoke


def test_a_build_that_fails_writes_none_and_one_that_passes_does(run, tmp_path, monkeypatch):
    """What dbt does is played; the exports and the report are made from the sample's tables."""
    ended = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(cli.subprocess, "run", lambda *_, **__: ended)
    # The copy of the marts has no FOCUS dataset to export.
    monkeypatch.setattr(cli, "_built", lambda: [])
    monkeypatch.setattr(cli, "_declare", lambda _: None)
    monkeypatch.setattr("ai_spend.summary.text", lambda *_: "the summary")
    folders = ("--out", str(tmp_path / "exports"), "--reports", str(tmp_path / "reports"))
    failed = run("build", *folders)
    assert failed.exit_code == 1 and "Nothing was exported or reported." in failed.output
    assert not (tmp_path / "reports").exists()
    ended.returncode = 0
    passed = run("build", *folders)
    assert passed.exit_code == 0, passed.output
    names = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert names == ["ai-spend-2026-09.html", "ai-spend-2026-09.pdf"]
    assert passed.output.index("the summary") < passed.output.index("Report    ")


def test_errors_name_what_is_wrong_and_the_remedy(run, tmp_path, monkeypatch):
    for period in ("2026-13", "october", "2026-1", "26-10", "2026-10-01", "0000-00"):
        wrong = run("report", "--period", period)
        assert wrong.exit_code == 1 and f"{period!r} is no month. Write it as" in wrong.output
    unknown = run("report", "--department", "field servce")
    assert unknown.exit_code == 1
    assert "called 'field servce'. Did you mean 'Field Service'?" in unknown.output
    nowhere = run("report", "--department", "Zzz")
    assert "Known: Customer Support, Data Science" in nowhere.output
    before = run("report", "--period", "2026-09", "send", "--to", "a@example.com")
    assert before.exit_code == 2 and "Write the options after `send`." in before.output
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    blocked = run("report", "--out", str(taken / "reports"))
    assert blocked.exit_code == 1 and "The report was not written to" in blocked.output
    monkeypatch.setenv("AI_SPEND_DB", str(tmp_path / "none.duckdb"))
    missing = run("report")
    assert missing.exit_code == 1 and "Run `make build` first" in missing.output
    (tmp_path / "none.duckdb").write_text("no database", encoding="utf-8")
    broken = run("report")
    assert broken.exit_code == 1 and "cannot be opened as a DuckDB database" in broken.output
    for result in (unknown, nowhere, missing, broken):
        assert "Traceback" not in result.output
    for command in (("report",), ("report", "send"), ("alerts",)):
        assert len(run(*command, "--help").output.splitlines()) > 10


def test_the_default_is_the_last_complete_month(run, marts, tmp_path):
    """The data reach 30 September, the last day of it; without that day August is the last."""
    result = run("report", "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "ai-spend-2026-09.pdf",
        "ai-spend-2026-09.html",
    }
    cut = changed(
        marts, tmp_path / "m.duckdb", "update last_complete_day set newest_day = '2026-09-29'"
    )
    assert reader.read(cut, tmp_path).period == date(2026, 8, 1)
    running = texts(cut, "2026-09")
    assert "The data end on 29 September 2026, before September 2026 does" in running.page
    assert "The data end on 29 September 2026" in one_line(running.pdf)
    new_year = reader.read(marts, tmp_path, "last-month", today=date(2027, 1, 31))
    assert new_year.period == date(2026, 12, 1)
    none = changed(marts, tmp_path / "n.duckdb", "delete from chargeback")
    with pytest.raises(ReportError, match="No month has any charge"):
        reader.read(none, tmp_path)


def test_files_are_whole_small_and_the_same_every_time(september, marts, tmp_path):
    pdf, page = write(september.made, tmp_path)
    assert pdf.stat().st_size < 2_000_000 and page.stat().st_size < 4_000_000
    again = make(marts, Path("/nowhere"), "2026-09")
    assert again.pdf == pdf.read_bytes() and again.page == page.read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {pdf.name, page.name}


def test_the_pdf_is_tagged_and_numbered(september):
    from io import BytesIO

    from pypdf import PdfReader

    reader = PdfReader(BytesIO(september.made.pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en" and "/StructTreeRoot" in root
    assert reader.metadata.title == "AI spend, September 2026, whole company"
    count = len(reader.pages)
    for index, page in enumerate(reader.pages, 1):
        assert f"Page {index} of {count}" in page.extract_text()
        # Charts are drawn, not photographed.
        assert not page.images


def test_a_year_of_many_charges_takes_less_than_ten_seconds(marts, tmp_path):
    """Forty times the rows of the sample's marts: what ten million calls make by day.

    The marts are aggregates: the build turns calls into charges per day, owner, model and meter.
    """
    copies = 40
    wide = changed(
        marts,
        tmp_path / "m.duckdb",
        *(
            f"insert into {table} select {table}.* replace ({column} || ' ' || i as {column}) "
            f"from {table}, range(1, {copies}) as copies (i)"
            for table, (column, _) in OWNED.items()
            if table != "budget_status"
        ),
    )
    with duckdb.connect(wide, read_only=True) as connection:
        assert connection.execute("select count(*) from charge").fetchone()[0] > 700_000
    started = time.process_time()
    made = make(wide, Path("/nowhere"), "2026-09")
    spent = time.process_time() - started
    assert spent < 10, f"{spent:.1f} s"
    assert len(made.pdf) < 2_000_000 and len(made.page) < 4_000_000


# --- words and charts ----------------------------------------------------------------------------


def test_amounts_are_rounded_half_up_and_never_to_a_false_nothing():
    cases = {
        "1234.505": "1,234.51",
        "-1234.505": "-1,234.51",
        "0.004": "<0.01",
        "-0.004": ">-0.01",
        "0.005": "0.01",
        "0": "0.00",
        "-0": "0.00",
        "999999999999999999.995": "1,000,000,000,000,000,000.00",
    }
    for value, text in cases.items():
        assert words.amount(Decimal(value)) == text.replace("-", words.MINUS)
    assert words.amount(None) == words.NONE
    assert words.unit_price(Decimal("0.00349075"), "USD") == "USD 0.0035"
    assert words.percent(Decimal("0.9999")) == ">99.9%"
    assert words.percent(Decimal("0.0001")) == "<0.1%"
    assert words.percent(Decimal(1)) == "100.0%"
    assert (
        words.share(Decimal(-1), Decimal(2)) is None and words.share(Decimal(1), Decimal(0)) is None
    )
    assert words.change(Decimal(3), Decimal(0)) is None
    assert words.change(Decimal(0), Decimal(4)) == -1
    assert words.listed(["a", "b", "c"]) == "a, b and c" and words.listed([]) == words.NONE
    spans = {
        ((2026, 9, 1), (2026, 9, 30)): "Sep 2026",
        ((2026, 7, 1), (2026, 9, 30)): "Jul to Sep 2026",
        ((2025, 12, 1), (2026, 2, 28)): "Dec 2025 to Feb 2026",
        ((2026, 9, 2), (2026, 9, 30)): "2 Sep 2026 to 30 Sep 2026",
    }
    for (start, end), text in spans.items():
        assert words.span(date(*start), date(*end)) == text
    # Sums past the 28 digits of the default context.
    large = Decimal("123456789012345.000000000000000001")
    assert words.EXACT.add(large, large) == Decimal("246913578024690.000000000000000002")


def test_long_words_may_be_broken_and_nothing_is_lost():
    for text in ("", "a b", "x" * 27, "x" * 100, "a " + "y" * 60 + "\nb"):
        assert "".join(words.pieces(text)) == text
        assert all(len(piece) < 40 or " " in piece for piece in words.pieces(text))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [charts.PALETTE, charts.DARK])
def test_colours_can_be_told_apart(palette):
    """WCAG 2.1: 4.5 for text, 3 for what a chart needs to be understood."""
    assert set(palette) == set(charts.PALETTE)
    paper = palette["paper"]
    for name in ("ink", "muted", "strong"):
        assert contrast(palette[name], paper) >= 4.5, name
    for name in ("waste", "good", "neutral", "strong", "mid"):
        assert contrast(palette[name], paper) >= 3, name
