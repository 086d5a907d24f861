"""The line of the summary about registers, and the order in which their lines are counted."""

import duckdb

from ai_spend import summary


def matches(*rows: tuple) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create table register_matches (register varchar, line bigint, problem varchar, "
        "currency varchar, amount decimal(38, 18))"
    )
    if rows:
        connection.executemany("insert into register_matches values (?, ?, ?, ?, ?)", rows)
    return connection


def test_the_summary_has_one_line_of_registers_the_largest_amount_first():
    connection = matches(
        ("organisation/people.csv", 2, "overlaps line 3", "USD", 10),
        ("organisation/contracts.csv", 2, "matches nothing", "USD", 100),
        ("organisation/people.csv", 4, None, "USD", 9000),
    )
    assert summary._registers(connection) == [
        "Registers 2 row(s) in doubt, first organisation/contracts.csv line 2: matches nothing "
        "(USD 100.00): select * from register_matches where problem is not null"
    ]


def test_registers_in_order_are_not_mentioned():
    connection = matches(("organisation/people.csv", 4, None, None, None))
    assert summary._registers(connection) == []


def test_lines_are_those_of_the_file(sample_build):
    """The first data row of a register is line 2."""
    header, first, *rest = (
        (sample_build.folder / "seeds" / "organisation" / "budgets.csv").read_text("utf-8")
    ).splitlines()
    assert header.startswith("budget_id,")
    assert sample_build.rows(
        "select line, row_key from register_matches "
        "where register = 'organisation/budgets.csv' order by line"
    ) == [(line, row.partition(",")[0]) for line, row in enumerate([first, *rest], start=2)]
