"""Exports hold exactly what the database holds, whatever the format."""

import csv
import json
import os
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_spend import export as export_module
from ai_spend.export import FORMATS, ExportError, ExportResult, export

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = yaml.safe_load(
    (ROOT / "models" / "focus" / "v1_4" / "focus_1_4.yml").read_text(encoding="utf-8")
)["models"][0]
TYPES = {column["name"]: column["data_type"] for column in CONTRACT["columns"]}
TINY = Decimal("0.000000000000000001")
LARGE = Decimal("12345678901234567.123456789012345678")
# Unary minus would round to 28 digits.
MINUS_LARGE = LARGE.copy_negate()
TAGS = '{"quote": "a \\"b\\", c", "line": "x\\ny", "ünï": "✓", "n": 1.50, "none": null}'

# Two rows are equal on purpose: equal charges are two charges.
ROWS = [
    {"BilledCost": TINY, "EffectiveCost": TINY, "ListCost": LARGE, "Tags": TAGS},
    {
        "BilledCost": LARGE,
        "EffectiveCost": MINUS_LARGE,
        "ListCost": Decimal(100),
        "x_IsAgentic": True,
    },
    {
        "BilledCost": LARGE,
        "EffectiveCost": MINUS_LARGE,
        "ListCost": Decimal(100),
        "x_IsAgentic": True,
    },
    {"ChargeDescription": "", "ListUnitPrice": Decimal("0.00000001"), "x_IsAgentic": False},
    {"BillingCurrency": "EUR", "BilledCost": Decimal("-0.5"), "ChargeDescription": "a,\n'b'"},
    {"ChargePeriodStart": datetime(2026, 6, 1), "BilledCost": Decimal(1)},
]
DEFAULTS = {
    "BillingCurrency": "USD",
    "BilledCost": Decimal(0),
    "EffectiveCost": Decimal(0),
    "ListCost": Decimal(0),
    "ChargePeriodStart": datetime(2026, 5, 1),
}


def make_database(path, rows):
    """A database with the 1.4 dataset as dbt leaves it: a view over a table of charges."""
    records = [DEFAULTS | row for row in rows]
    with duckdb.connect(path) as connection:
        columns = ", ".join(f'"{name}" {type_}' for name, type_ in TYPES.items())
        connection.execute(f"create table charge ({columns})")
        marks = ", ".join("?" for _ in TYPES)
        for record in records:
            values = [record.get(name) for name in TYPES]
            connection.execute(f"insert into charge values ({marks})", values)
        connection.execute("create view focus_1_4__cost_and_usage as select * from charge")
        connection.execute("create view focus_1_1__cost_and_usage as select * from charge")
    return path


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return make_database(tmp_path_factory.mktemp("export") / "charges.duckdb", ROWS)


def read(path, fmt):
    """Records of an export as Python values, read without the code under test."""
    if fmt == "parquet":
        with duckdb.connect() as connection:
            result = connection.execute("select * from read_parquet(?)", [str(path)])
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    text = path.read_bytes().decode("utf-8")
    if fmt == "csv":
        return list(csv.DictReader(text.splitlines(keepends=True)))
    documents = json.loads(text, parse_float=Decimal) if fmt == "json" else None
    return (
        documents
        if fmt == "json"
        else [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
    )


def as_number(value):
    """Decimal of a CSV text or a JSON number; None stays None."""
    return None if value in (None, "") else Decimal(value)


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_value_survives(database, tmp_path, fmt):
    out = tmp_path / f"focus.{fmt}"
    result = export(database, "1.4", fmt, out)
    records = read(out, fmt)
    expected = [DEFAULTS | row for row in ROWS]

    assert result.rows == len(records) == len(ROWS)
    assert list(records[0]) == list(TYPES)
    for column in ("BilledCost", "EffectiveCost", "ListCost", "ListUnitPrice"):
        found = sorted(as_number(record[column]) or 0 for record in records)
        assert found == sorted(row.get(column) or 0 for row in expected)
    missing = "" if fmt == "csv" else None
    tags = [record["Tags"] for record in records]
    assert sorted(tags, key=str) == sorted([TAGS, *[missing] * 5], key=str)


def test_totals_are_exact_and_apart_by_currency(database, tmp_path):
    result = export(database, "1.4", "csv", tmp_path / "focus.csv")
    assert result == ExportResult(
        tmp_path / "focus.csv",
        6,
        {
            "EUR": {
                "BilledCost": Decimal("-0.5"),
                "EffectiveCost": Decimal(0),
                "ListCost": Decimal(0),
            },
            "USD": {
                "BilledCost": Decimal("24691357802469135.246913578024691357"),
                "EffectiveCost": Decimal("-24691357802469134.246913578024691355"),
                "ListCost": Decimal("12345678901234767.123456789012345678"),
            },
        },
    )


def test_text_formats_spell_times_numbers_and_booleans(database, tmp_path):
    first, *_ = export_and_read(database, tmp_path, "csv")
    assert first["ChargePeriodStart"] == "2026-05-01T00:00:00Z"
    csv_records = export_and_read(database, tmp_path, "csv")
    assert {row["BilledCost"] for row in csv_records} == {
        "0.000000000000000001",
        "12345678901234567.123456789012345678",
        "0",
        "-0.5",
        "1",
    }
    assert {row["ListCost"] for row in csv_records} >= {"100", "0"}
    assert {row["x_IsAgentic"] for row in csv_records} == {"true", "false", ""}
    json_records = export_and_read(database, tmp_path, "json")
    assert json_records[0]["ChargePeriodStart"] == "2026-05-01T00:00:00Z"
    assert {row["x_IsAgentic"] for row in json_records} == {True, False, None}
    assert {type(row["Tags"]) for row in json_records} == {str, type(None)}


def export_and_read(database, tmp_path, fmt):
    out = tmp_path / f"focus.{fmt}"
    export(database, "1.4", fmt, out)
    return read(out, fmt)


def test_csv_tells_null_from_empty_text(database, tmp_path):
    out = tmp_path / "focus.csv"
    export(database, "1.4", "csv", out)
    quoted = duckdb.sql(
        f"select count(*) from read_csv('{out}', all_varchar = true, allow_quoted_nulls = false) "
        "where \"ChargeDescription\" = ''"
    ).fetchone()
    assert quoted == (1,)


def test_parquet_keeps_types(database, tmp_path):
    out = tmp_path / "focus.parquet"
    export(database, "1.4", "parquet", out)
    described = duckdb.sql(f"describe select * from read_parquet('{out}')").fetchall()
    found = {name: type_.lower() for name, type_, *_ in described}
    assert found == TYPES


@pytest.mark.parametrize("fmt", FORMATS)
def test_two_exports_are_the_same_bytes(tmp_path, fmt):
    outs = []
    for name, rows in (("a", ROWS), ("b", ROWS[::-1])):
        database = make_database(tmp_path / f"{name}.duckdb", rows)
        outs += [tmp_path / f"{name}1.{fmt}", tmp_path / f"{name}2.{fmt}"]
        for out in outs[-2:]:
            export(database, "1.4", fmt, out)
    assert len({out.read_bytes() for out in outs}) == 1


def test_period_is_half_open(database, tmp_path):
    out = tmp_path / "focus.csv"
    may = export(database, "1.4", "csv", out, date(2026, 5, 1), date(2026, 6, 1))
    june = export(database, "1.4", "csv", out, date(2026, 6, 1), date(2026, 7, 1))
    assert (may.rows, june.rows) == (5, 1)
    assert export(database, "1.4", "csv", out, start=date(2026, 6, 1)).rows == 1
    assert export(database, "1.4", "csv", out, end=date(2026, 6, 1)).rows == 5


@pytest.mark.parametrize("fmt", FORMATS)
def test_empty_period_is_an_empty_file_and_says_so(database, tmp_path, fmt):
    out = tmp_path / f"focus.{fmt}"
    result = export(database, "1.4", fmt, out, date(2020, 1, 1), date(2020, 2, 1))
    assert result == ExportResult(out, 0, {})
    assert read(out, fmt) == []
    if fmt == "csv":
        assert out.read_text().rstrip("\n").split(",") == list(TYPES)


def test_a_fraction_of_a_second_is_not_dropped(tmp_path):
    row = {"ChargePeriodStart": datetime(2026, 5, 1, 12, 0, 0, 250000)}
    database = make_database(tmp_path / "charges.duckdb", [row])
    (record,) = export_and_read(database, tmp_path, "csv")
    assert record["ChargePeriodStart"] == "2026-05-01T12:00:00.25Z"


def test_a_failed_export_leaves_the_old_file_and_no_rest(database, tmp_path, monkeypatch):
    out = tmp_path / "focus.csv"
    out.write_text("old")
    monkeypatch.setattr(export_module, "_totals_in_file", lambda *_: (5, {}))
    with pytest.raises(ExportError, match="Control totals differ"):
        export(database, "1.4", "csv", out)
    assert out.read_text() == "old"
    assert os.listdir(tmp_path) == ["focus.csv"]


def test_an_interrupted_write_leaves_nothing(database, tmp_path, monkeypatch):
    def interrupted(*arguments):
        arguments[-1].write_text("half")
        raise duckdb.IOException("disk full")

    monkeypatch.setattr(export_module, "_write", interrupted)
    with pytest.raises(ExportError, match=r"was not written.*disk full"):
        export(database, "1.4", "csv", tmp_path / "focus.csv")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_lost_money_is_noticed(database, tmp_path, monkeypatch, fmt):
    genuine = export_module._write

    def lossy(connection, charges, columns, *rest):
        genuine(connection, f'(from {charges} where "ListCost" <> 100) as charges', columns, *rest)

    monkeypatch.setattr(export_module, "_write", lossy)
    with pytest.raises(ExportError, match="Control totals differ"):
        export(database, "1.4", fmt, tmp_path / f"focus.{fmt}")


def test_errors_say_what_to_do(database, tmp_path):
    out = tmp_path / "focus.csv"
    with pytest.raises(ExportError, match=r"Available: 1\.1, 1\.4"):
        export(database, "1.9", "csv", out)
    with pytest.raises(ExportError, match="Available: csv, parquet, json, ndjson"):
        export(database, "1.4", "xlsx", out)
    with pytest.raises(ExportError, match="make build"):
        export(tmp_path / "absent.duckdb", "1.4", "csv", out)
    with pytest.raises(ExportError, match="end is exclusive"):
        export(database, "1.4", "csv", out, date(2026, 5, 1), date(2026, 5, 1))
    with pytest.raises(ExportError, match="folder"):
        export(database, "1.4", "csv", tmp_path)
    (tmp_path / "text.duckdb").write_text("no database" * 1000)
    with pytest.raises(ExportError, match="cannot be opened"):
        export(tmp_path / "text.duckdb", "1.4", "csv", out)
    with duckdb.connect(tmp_path / "empty.duckdb"):
        pass
    with pytest.raises(ExportError, match="make build"):
        export(tmp_path / "empty.duckdb", "1.4", "csv", out)
    with duckdb.connect(tmp_path / "broken.duckdb") as connection:
        connection.execute("create table charge (a integer)")
        connection.execute("create view focus_1_4__cost_and_usage as select * from charge")
        connection.execute("drop table charge")
    with pytest.raises(ExportError, match="was not written"):
        export(tmp_path / "broken.duckdb", "1.4", "csv", out)
    assert not out.exists()


def test_a_database_in_use_is_named(tmp_path):
    database = make_database(tmp_path / "charges.duckdb", ROWS)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(database)!r}); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        with pytest.raises(ExportError, match="in use by another process"):
            export(database, "1.4", "csv", tmp_path / "focus.csv")
    finally:
        holder.communicate(b"\n")


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.decimals(min_value=-(10**17), max_value=10**17, places=18, allow_nan=False),
        min_size=1,
        max_size=8,
    )
)
def test_any_amount_survives(tmp_path_factory, amounts):
    folder = tmp_path_factory.mktemp("amounts")
    database = make_database(folder / "c.duckdb", [{"BilledCost": value} for value in amounts])
    for fmt in FORMATS:
        records = export_and_read(database, folder, fmt)
        assert sorted(as_number(record["BilledCost"]) for record in records) == sorted(amounts)


@pytest.mark.parametrize("fmt", ["parquet", "csv", "json", "ndjson"])
def test_chosen_columns_are_written_in_the_order_of_the_contract(database, tmp_path, fmt):
    out = tmp_path / f"few.{fmt}"
    few = export(database, "1.4", fmt, out, chosen=["ServiceName", "BilledCost", "BillingCurrency"])
    whole = export(database, "1.4", fmt, tmp_path / f"all.{fmt}")
    read = {"parquet": "parquet", "csv": "csv_auto", "json": "json", "ndjson": "json"}[fmt]
    with duckdb.connect() as connection:
        written = connection.execute(f"from read_{read}('{out}')").description
    assert [name for name, *_ in written] == ["BilledCost", "BillingCurrency", "ServiceName"]
    assert few.rows == whole.rows
    # The money that is written with its currency has the totals of the whole export.
    assert few.totals == {
        currency: {"BilledCost": sums["BilledCost"]} for currency, sums in whole.totals.items()
    }


def test_money_without_its_currency_is_not_added_up(database, tmp_path):
    result = export(database, "1.4", "csv", tmp_path / "x.csv", chosen=["BilledCost"])
    assert result.rows > 0
    assert [sums for sums in result.totals.values() if sums] == []


def test_an_unknown_column_is_named(database, tmp_path):
    with pytest.raises(ExportError, match=r"has no column BiledCost\. Available: .*BilledCost"):
        export(database, "1.4", "csv", tmp_path / "x.csv", chosen=["BiledCost"])
    assert os.listdir(tmp_path) == []
