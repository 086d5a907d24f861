"""Chargeback: the extract of one department, and the person who moves, on the sample."""

from __future__ import annotations

import csv
import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from ai_spend.cli import main
from ai_spend.export import ExportError
from ai_spend.extract import extract

PROJECT = Path(__file__).resolve().parents[2]
D = Decimal
# Names that a careless comparison would take for each other.
DEPARTMENTS = (
    "Sales",
    "sales",
    "Sales ",
    "Sales' or '1'='1",
    "Sales%",
    "Sales Ops",
    "Unattributed",
)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "charges.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            "create table chargeback (billing_month date, department varchar, billing_currency "
            "varchar, billed_cost decimal(38,18))"
        )
        for number, name in enumerate(DEPARTMENTS, start=1):
            for month in (7, 8, 9):
                connection.execute(
                    "insert into chargeback values (?, ?, 'USD', ?)",
                    [date(2026, month, 1), name, D(number) + D(month) / 100],
                )
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("department", DEPARTMENTS)
@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_an_extract_holds_that_department_alone(database, tmp_path, department, fmt):
    out = tmp_path / f"extract.{fmt}"
    assert extract(database, department, fmt, out) == 3
    with duckdb.connect() as connection:
        reader = f"read_{fmt}('{out}'" + (", all_varchar=true)" if fmt == "csv" else ")")
        found = connection.execute(f"select distinct department from {reader}").fetchall()
        total = connection.execute(
            f"select sum(cast(billed_cost as decimal(38,18))) from {reader}"
        ).fetchone()[0]
    assert found == [(department,)]
    # three months: three times its number, and 0.07 + 0.08 + 0.09
    assert total == 3 * (DEPARTMENTS.index(department) + 1) + D("0.24")


def test_an_extract_keeps_to_its_months(database, tmp_path):
    """From is inclusive, to is exclusive; every digit is there."""
    out = tmp_path / "august.csv"
    assert extract(database, "Sales", "csv", out, date(2026, 8, 1), date(2026, 9, 1)) == 1
    assert [(r["billing_month"], r["billed_cost"]) for r in rows_of(out)] == [
        ("2026-08-01", "1.08")
    ]
    # a known department without a charge in these months is an empty bill
    assert extract(database, "Sales", "csv", out, date(2027, 1, 1), None) == 0
    assert rows_of(out) == []


def test_a_department_that_does_not_exist_has_no_bill(database, tmp_path):
    out = tmp_path / "x.csv"
    with pytest.raises(ExportError, match="No charge belongs to a department called 'SALES'"):
        extract(database, "SALES", "csv", out)
    assert not list(tmp_path.glob("*.csv")) and not list(tmp_path.glob(".*.tmp"))


def test_the_command_writes_an_extract(database, tmp_path, monkeypatch):
    monkeypatch.setenv("AI_SPEND_DB", str(database))
    out = tmp_path / "extract.csv"
    run = CliRunner().invoke(main, ["chargeback", "Sales Ops", "--out", str(out)])
    assert run.exit_code == 0 and "3 rows of Sales Ops" in run.output
    assert {row["department"] for row in rows_of(out)} == {"Sales Ops"}
    run = CliRunner().invoke(main, ["chargeback", "Nobody", "--out", str(out)])
    assert run.exit_code == 1 and "Nobody" in run.output


def test_the_person_who_moves_pays_in_both_departments_by_day(sample_build):
    """p-059 leaves customer support for field service on 2026-08-11: of the Copilot seat of August,
    19.00 for 31 days, ten days are 19 x 10 / 31 = 6.129032258... and 21 days the rest."""
    person = "p-" + hashlib.sha256(b"ai_spendp-059").hexdigest()[:16]
    seat = dict(
        sample_build.rows(
            f"""
            select department, billed_cost from chargeback
            where user_pseudonym = '{person}' and billing_month = date '2026-08-01'
                and charge_category = 'Purchase' and service_name = 'GitHub Copilot'
            """
        )
    )
    assert set(seat) == {"Customer Support", "Field Service"}
    assert sum(seat.values()) == 19
    assert abs(seat["Customer Support"] - D(190) / 31) < D("0.000000001")
    # what names no department otherwise follows the person from the day of the move on
    days = sample_build.rows(
        f"""
        select distinct x_department, cast(charge_period_start as date) from charge
        where x_user = '{person}' and x_attribution_source = 'user'
            and charge_period_end <= charge_period_start + interval 1 day
        """
    )
    assert days
    for department, day in days:
        moved = day >= date(2026, 8, 11)
        assert department == ("Field Service" if moved else "Customer Support"), day


def test_invoices_are_cleared_with_the_total_that_the_register_states(sample_build):
    """Each invoice that states a total: clearing is credited with it, to the cent."""
    with (PROJECT / "seeds" / "organisation" / "invoices.csv").open(encoding="utf-8") as lines:
        stated = {
            row["invoice_id"]: D(row["stated_total"])
            for row in csv.DictReader(lines)
            if row["stated_total"]
        }
    cleared = dict(
        sample_build.rows(
            "select invoice_id, sum(credit_amount - debit_amount) from chargeback_journal "
            "where line_type = 'clearing' group by invoice_id"
        )
    )
    assert len(stated) > 10
    assert {invoice: cleared[invoice] for invoice in stated} == stated


MARTS = (
    "chargeback", "chargeback_journal", "showback", "budget_status", "anomalies", "alerts",
    "spend_metrics",
)  # fmt: skip


@pytest.mark.parametrize("mart", MARTS)
def test_no_mart_names_a_person(sample_build, mart):
    """No text of a mart holds an address or an identifier of the organisation's own list."""
    with (PROJECT / "seeds" / "organisation" / "identities.csv").open(encoding="utf-8") as lines:
        identities = {row["identity"].lower() for row in csv.DictReader(lines)}
    columns = [
        name for name, kind, *_ in sample_build.rows(f"describe {mart}") if kind == "VARCHAR"
    ]
    texts = {
        str(text).lower()
        for column in columns
        for (text,) in sample_build.rows(f"select distinct {column} from {mart}")
    }
    assert not [text for text in texts if "@" in text]
    assert not [text for text in texts if any(name in text for name in identities)]


def test_people_of_chargeback_are_pseudonyms(sample_build):
    users = sample_build.rows(
        "select distinct user_pseudonym from chargeback where user_pseudonym is not null"
    )
    assert len(users) > 50
    assert not [user for (user,) in users if not user.startswith("p-") or len(user) != 18]
