"""`ai-spend prices check`: models in use without a price, or with one that grew old."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from click.testing import CliRunner

from ai_spend import cli, price_check

RELEASED = date(2026, 1, 1)


def build(path, usage: list[tuple], noted_on: str = "null") -> None:
    """A build database: usage (service, model, tier, status, day), lyra's price noted on a day."""
    with duckdb.connect(path) as connection:
        connection.execute("create schema seeds")
        connection.execute(
            "create table seeds.services as select 'acme_api' as service, 'acme' as price_provider"
        )
        connection.execute(
            f"""
            create table seeds.price_corrections as
            select 'acme' as provider, 'lyra' as model_id, cast({noted_on} as date) as noted_on
            """
        )
        connection.execute(
            """
            create table model_names as
            select * from (values
                ('acme_api', 'nova', 'acme', 'acme', 'nova-1'),
                ('acme_api', 'lyra', 'acme', 'acme', 'lyra'),
                ('acme_api', 'Mystery', null, null, null)
            ) as t (service, model, price_provider, provider, model_id)
            """
        )
        connection.execute(
            """
            create table priced_usage (
                service varchar, model varchar, service_tier varchar, price_status varchar,
                started_at timestamp, meter varchar default 'input_tokens',
                quantity decimal(28, 10) default 1000, stated_currency varchar,
                price_source varchar default 'genai-prices'
            )
            """
        )
        connection.executemany(
            "insert into priced_usage "
            "(service, model, service_tier, price_status, started_at) values (?, ?, ?, ?, ?)",
            usage,
        )


def test_models_without_a_price_are_named_with_the_row_that_would_price_them(tmp_path):
    path = tmp_path / "x.duckdb"
    no_model, no_tier = (
        "model not in the price book",
        "no price for this meter and tier on that day",
    )
    build(
        path,
        [
            ("acme_api", "Mystery", "standard", no_model, "2026-02-03"),
            ("acme_api", "Mystery", "standard", no_model, "2026-02-01"),
            ("acme_api", "nova", "flex", no_tier, "2026-02-02"),
            ("acme_api", "nova", "standard", "priced", "2026-02-02"),
            ("acme_api", "lyra", "standard", "not billable", "2026-02-02"),
        ],
    )
    report = price_check.check(path, 180, RELEASED)
    assert report.lines == (
        "no price: acme_api Mystery, input_tokens (standard), 2,000 in 2 rows: " + no_model,
        "no price: acme_api nova, input_tokens (flex), 1,000 in 1 rows: " + no_tier,
    )
    assert report.csv().splitlines() == [
        ",".join(price_check.COLUMNS),
        "acme,mystery,input_tokens,standard,0,2026-02-01,,1000000 Tokens,,USD,,",
        "acme,nova-1,input_tokens,flex,0,2026-02-02,,1000000 Tokens,,USD,,",
    ]


@pytest.mark.parametrize(("day", "is_old"), [("2026-06-30", False), ("2026-07-01", True)])
def test_a_price_is_old_after_so_many_days(tmp_path, day, is_old):
    """180 days after 1 January 2026 it is 30 June; on 1 July the price is 181 days old."""
    path = tmp_path / "x.duckdb"
    build(path, [("acme_api", "nova", "standard", "priced", day)])
    report = price_check.check(path, 180, RELEASED)
    assert report.is_clean is not is_old
    if is_old:
        assert report.lines == (
            "old price: acme_api nova (acme/nova-1), last looked at 2026-01-01, 1 rows",
        )


def test_a_row_of_the_seed_is_as_old_as_its_day(tmp_path):
    path = tmp_path / "x.duckdb"
    build(path, [("acme_api", "lyra", "standard", "priced", "2026-07-01")], "'2026-05-01'")
    assert price_check.check(path, 180, RELEASED).is_clean


def test_the_rows_have_the_columns_of_the_seed():
    header = (cli.PROJECT / price_check.SEED).read_text(encoding="utf-8").splitlines()[0]
    assert tuple(header.split(",")) == price_check.COLUMNS


def test_an_empty_build_is_clean(tmp_path):
    build(tmp_path / "x.duckdb", [("acme_api", None, "standard", "not billable", "2026-02-02")])
    assert price_check.check(tmp_path / "x.duckdb", 180, RELEASED).is_clean


def test_the_command_ends_with_1_when_there_is_something_to_do(tmp_path, monkeypatch):
    path = tmp_path / "x.duckdb"
    build(path, [("acme_api", "nova", "standard", "priced", "2026-07-01")])
    monkeypatch.setattr(cli, "database", lambda: path)
    monkeypatch.setattr(price_check, "released_on", lambda: RELEASED)
    run = CliRunner().invoke(cli.main, ["prices", "check"])
    assert run.exit_code == 1
    assert "old price: acme_api nova" in run.output
    assert ",".join(price_check.COLUMNS) in run.output
    run = CliRunner().invoke(cli.main, ["prices", "check", "--max-age", "181"])
    assert (run.exit_code, run.output) == (
        0,
        "All models in use have a price that is at most 181 days old.\n",
    )
    monkeypatch.setattr(cli, "database", lambda: tmp_path / "none.duckdb")
    assert "There is no database" in CliRunner().invoke(cli.main, ["prices", "check"]).output
