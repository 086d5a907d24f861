"""The vars max_doubtful_amount and max_gap_amount fail a build above an amount, and only then."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import pytest

QUALITY = Path(__file__).resolve().parents[1] / "quality"
# Currency, amount; two currencies are two sums.
DOUBTS = [("USD", "1.50"), ("USD", "0.75"), ("EUR", "2.00")]
GAPS = [("no source", "USD", "1.50"), ("no source", "USD", "0.75"), ("no source", None, None)]
PAGES = ("pages missing", None, None)


def found(test: str, limit: str | None, *rows: tuple) -> list[tuple]:
    """What the data test returns for rows of its model, as dbt would render it."""
    sql = jinja2.Template((QUALITY / f"{test}.sql").read_text(encoding="utf-8")).render(
        ref=lambda name: name, var=lambda name: limit, money_type=lambda: "decimal(38, 18)"
    )
    with duckdb.connect() as connection:
        connection.execute(
            "create table billing_doubts (currency varchar, amount_at_stake decimal(38, 18))"
        )
        connection.execute(
            "create table gaps (gap varchar, currency varchar, expected_amount decimal(38, 18))"
        )
        table = "billing_doubts" if "doubts" in test else "gaps"
        for row in rows:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into {table} values ({marks})", row)
        return [row[0] for row in connection.execute(sql).fetchall()]


@pytest.mark.parametrize(
    ("limit", "currencies"),
    [
        (None, []),
        ("2.25", []),  # 1.50 + 0.75 = 2.25 is not above it
        ("2.24", ["USD"]),
        ("1.99", ["EUR", "USD"]),
    ],
)
def test_doubts_above_the_limit_fail_per_currency(limit, currencies):
    assert sorted(found("billing_doubts_are_small", limit, *DOUBTS)) == currencies


@pytest.mark.parametrize(
    ("limit", "rows", "currencies"),
    [
        (None, (*GAPS, PAGES), []),
        ("2.25", GAPS, []),
        ("2.24", GAPS, ["USD"]),
        ("100", (*GAPS, PAGES), [None]),  # missing pages have no amount and fail by themselves
    ],
)
def test_gaps_above_the_limit_and_missing_pages_fail(limit, rows, currencies):
    assert found("gaps_are_small", limit, *rows) == currencies
