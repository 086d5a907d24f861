"""The project's own pricing SQL, as dbt compiled it, on usage rows that a test makes.

model_names, list_prices, price_book, dated_prices and priced_usage run one after the other in a
DuckDB in memory, on the committed seeds: what a build does with real logs, in seconds.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import duckdb
import pyarrow as pa
from conftest import SAMPLE, dbt, once, parsed_project, shared_root

PROJECT = Path(__file__).resolve().parents[2]
MODELS = (
    "model_rules",
    "model_names",
    "list_prices",
    "price_book",
    "dated_prices",
    "priced_usage",
)
SEEDS = {
    "reference": ("services",),
    "prices": (
        "model_matches",
        "model_match_corrections",
        "provider_fallbacks",
        "model_prices",
        "price_corrections",
        "tier_multipliers",
        "model_classes",
        "contract_prices",
    ),
}
DATES = {"valid_from", "valid_to", "noted_on"}
NUMBERS = {
    "context_from": "bigint",
    "rule_order": "integer",
    "fallback_order": "integer",
    "unit_price": "decimal(17,8)",
    "multiplier": "decimal(9,8)",
}


def compiled() -> dict[str, str]:
    """SQL of the models and columns of usage and bill lines, made once for all tests of a run."""

    def make(folder: Path) -> None:
        folder.mkdir()
        project = parsed_project()
        run = dbt(project, SAMPLE, "compile", "--select", *MODELS)
        assert run.returncode == 0, run.output
        manifest = json.loads((project / "target/manifest.json").read_text(encoding="utf-8"))
        shapes = {}
        for node in manifest["nodes"].values():
            if node["name"] in ("usage", "measured_bill_lines"):
                shapes[node["name"]] = {c: v["data_type"] for c, v in node["columns"].items()}
        (folder / "shapes.json").write_text(json.dumps(shapes), encoding="utf-8")
        for name in MODELS:
            path = project / "target/compiled/ai_spend/models/core" / f"{name}.sql"
            (folder / f"{name}.sql").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")

    folder = once("pricing", shared_root(), make)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def priced(
    usage: list[dict] | dict[str, list],
    query: str,
    contracts: bool = False,
) -> list[tuple]:
    """Rows of `query` over the pricing models, on these usage rows.

    contracts: with the company's own terms of the seed, else without any.
    """
    sql = compiled()
    shapes = json.loads(sql.pop("shapes"))
    with duckdb.connect() as connection:
        for folder, names in SEEDS.items():
            for name in names:
                seed(connection, PROJECT / "seeds" / folder / f"{name}.csv")
        if not contracts:
            connection.execute("delete from contract_prices")
        for name, columns in shapes.items():
            types = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            connection.execute(f"create table {name} ({types})")
        connection.execute("create view bill_lines as from measured_bill_lines")
        by_column = (
            usage if isinstance(usage, dict) else {k: [row[k] for row in usage] for k in usage[0]}
        )
        keys = list(by_column)
        given = pa.table(by_column)
        connection.register("given", given)
        connection.execute(f"insert into usage by name select {', '.join(keys)} from given")
        for name in MODELS:
            text = re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", sql[name])
            connection.execute(f"create table {name} as {text}")
        return connection.execute(query).fetchall()


def seed(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = ", ".join(
        f"cast(nullif({c}, '') as {'date' if c in DATES else NUMBERS.get(c, 'varchar')}) as {c}"
        for c in header
    )
    connection.execute(
        f"create table {path.stem} as select {columns} from read_csv('{path}', all_varchar = true,"
        " header = true)"
    )
