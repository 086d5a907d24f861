"""Every official rule that is checked can fail: rows that keep them all, a row that breaks each.

For a static rule the breaking row is searched for: a conformant row with one or two columns that
the rule names set to null, to a value that another row has, to one that the rule allows or to one
that nothing allows. For a dynamic rule it is written by hand in focus_rows. Both our checker and
the official validator then look at the same rows; where they part ways, DIFFERENCES says why.
"""

import csv
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import focus_rows
import jinja2
import pytest
import yaml

from ai_spend import functions
from ai_spend.conformance import EXPLAINED, validate

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds" / "focus"
VERSIONS = ("1.2", "1.3", "1.4")


def read_seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True)
class Check:
    """A rule as models/conformance/focus_rules.sql has it, in one dataset."""

    rule_id: str
    dataset: str
    check_kind: str
    violation: str
    is_static: bool
    check_function: str = ""


@cache
def checks(version: str) -> list[Check]:
    """All checks of a version."""
    answers = defaultdict(list)
    for row in read_seed("focus_rule_answers"):
        if version in row["focus_versions"].split():
            answers[row["rule_id"]].append(row)
    errata = {
        row["rule_id"]: row
        for row in read_seed("focus_rule_errata")
        if row["focus_version"] == version
    }
    found = []
    for rule in read_seed(f"focus_{version.replace('.', '_')}_rules"):
        known = errata.get(rule["rule_id"], rule)
        if known["violation"]:
            found.append(
                Check(
                    rule["rule_id"],
                    rule["dataset"],
                    known["check_kind"],
                    known["violation"],
                    True,
                    rule["check_function"],
                )
            )
        if rule["rule_type"] == "Dynamic":
            for prefix in ("", "CAU-", "ATT-"):
                for row in answers.get(prefix + rule["rule_id"], []):
                    found.append(
                        Check(
                            rule["rule_id"],
                            row["dataset"],
                            row["check_kind"],
                            row["violation"],
                            False,
                        )
                    )
    return found


@cache
def contract(version: str) -> dict[str, dict[str, str]]:
    """Dataset -> column -> type, FOCUS columns only."""
    name = version.replace(".", "_")
    text = (ROOT / "models" / "focus" / f"v{name}" / f"focus_{name}.yml").read_text("utf-8")
    return {
        model["config"]["meta"]["focus_dataset"]: {
            column["name"]: column["data_type"]
            for column in model["columns"]
            if not column["name"].startswith("x_")
        }
        for model in yaml.safe_load(text)["models"]
    }


@cache
def rule_counts():
    """The SQL generator of macros/focus/evaluate_rules.sql, as dbt would call it."""
    source = (ROOT / "macros" / "focus" / "evaluate_rules.sql").read_text("utf-8")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return environment.from_string(source).module.rule_counts


@cache
def database() -> duckdb.DuckDBPyConnection:
    """In memory, with the functions and seeds that checks may use."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    functions.register(connection)
    for seed in ("currency_codes", "service_subcategories"):
        connection.read_csv(str(SEEDS / f"{seed}.csv"), all_varchar=True).create(seed)
    return connection


def table_of(dataset: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", dataset).lower()


def load(version: str, dataset: str, rows, types=None) -> None:
    """The dataset's table, with the version's columns; other columns of the rows are left out."""
    types = types or contract(version)[dataset]
    table = table_of(dataset)
    described = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
    database().execute(f"create or replace table {table} ({described})")
    values = [[row.get(name) for name in types] for row in rows]
    if values:
        marks = ", ".join(f"({', '.join('?' for _ in types)})" for _ in values)
        database().execute(f"insert into {table} values {marks}", [*itertools.chain(*values)])


def load_world(version: str, world: focus_rows.World) -> None:
    for dataset in contract(version):
        load(version, dataset, world.get(dataset, {}).values())


def violated(version: str, dataset: str, found: list[Check], types=None) -> dict[str, int]:
    """Rule -> violations, of checks on one dataset of the loaded world, where there are any."""
    types = types or contract(version)[dataset]
    rules = [
        {"rule_id": c.rule_id, "check_kind": c.check_kind, "violation": c.violation} for c in found
    ]
    columns = [{"name": name, "dtype": type_} for name, type_ in types.items()]
    siblings = {table_of(name): table_of(name) for name in contract(version)}
    query = rule_counts()(rules, table_of(dataset), "'a row'", columns, siblings)
    return {rule: count for rule, count, _ in database().execute(str(query)).fetchall() if count}


def in_world(dataset: str) -> focus_rows.World:
    return focus_rows.CHARGES if dataset == "CostAndUsage" else focus_rows.INVOICES


def datasets_of(version: str) -> list[tuple[str, str]]:
    return [(version, dataset) for dataset in contract(version)]


ALL_DATASETS = [pair for version in VERSIONS for pair in datasets_of(version)]


@pytest.mark.parametrize(("version", "dataset"), ALL_DATASETS)
def test_conformant_rows_violate_nothing(version, dataset):
    load_world(version, in_world(dataset))
    found = [check for check in checks(version) if check.dataset == dataset]
    assert len(found) > 30
    assert violated(version, dataset, found) == {}


@pytest.mark.parametrize(("version", "dataset"), ALL_DATASETS)
def test_no_rows_violate_nothing(version, dataset):
    load_world(version, {})
    assert violated(version, dataset, [c for c in checks(version) if c.dataset == dataset]) == {}


@pytest.mark.parametrize(("version", "dataset"), ALL_DATASETS)
def test_each_dynamic_check_finds_its_breaking_case(version, dataset):
    found = [c for c in checks(version) if c.dataset == dataset and not c.is_static]
    missed = []
    for check in found:
        world = in_world(dataset)
        cases = [
            changes
            for prefix in ("", "CAU-", "ATT-")
            for looked_at, changes in focus_rows.BREAKING.get(prefix + check.rule_id, [])
            if looked_at == dataset
        ]
        for changes in cases:
            broken = {name: dict(rows) for name, rows in world.items()}
            for where, row, columns in changes:
                broken[where][row] = broken[where].get(row, {}) | columns
            load_world(version, broken)
            if not violated(version, dataset, [check]):
                missed.append((check.rule_id, changes))
        if not cases:
            missed.append((check.rule_id, "no case"))
    assert missed == []


def conformant(version: str, dataset: str) -> str:
    """Name of a table of the conformant rows that stays as it is."""
    return f"conformant_{version.replace('.', '_')}_{table_of(dataset)}"


def candidates(check: Check, types: dict[str, str], rows: str) -> dict[str, list[str]]:
    """Column that the check names -> SQL values to try in it."""
    named = [name for name in types if f'"{name}"' in check.violation]
    keys = check.check_kind.removeprefix("group:").split(",") if "group" in check.check_kind else []
    literals = re.findall(r"(?<!\w)'((?:[^']|'')*)'", check.violation)
    tried = {}
    for name in dict.fromkeys([*named, *keys]):
        if types[name] == "varchar":
            own = ["Something else", "", "[1]", '{"a": {"b": 1}}', "a bell \a and an \u00e9"]
            own = [f"'{text}'" for text in own + [text for text in literals if len(text) < 50]]
        elif types[name] == "timestamp":
            own = ["timestamp '2026-05-03 00:00:00.5'", "timestamp '2000-01-01'"]
        else:
            own = ["-1", "0", "1", "2", "3.25"]
        # A value that another row has there.
        tried[name] = ["null", *own, f'(select any_value("{name}") from {rows})']
    return tried


def broken_row(check: Check, dataset: str, version: str) -> str | None:
    """SELECT of the conformant table's columns that gives rows which break a row check."""
    types, rows = contract(version)[dataset], conformant(version, dataset)
    tried = candidates(check, types, rows)
    for size in (1, 2, 3):
        for names in itertools.combinations(tried, size):
            for values in itertools.product(*(tried[name] for name in names)):
                replaced = ", ".join(
                    f'cast({value} as {types[name]}) as "{name}"'
                    for name, value in zip(names, values, strict=True)
                )
                query = f"select * replace ({replaced}) from {rows}"
                found = f"from ({query}) where ({check.violation}) limit 1"
                try:
                    if database().execute(f"select 1 {found}").fetchone():
                        return f"select * {found}"
                except duckdb.ConversionException:
                    continue
    return None


def broken_group(check: Check, dataset: str, version: str) -> str | None:
    """SELECT of rows that together with the conformant ones break a check across rows."""
    types, rows = contract(version)[dataset], conformant(version, dataset)
    for name, values in candidates(check, types, rows).items():
        for value in values:
            query = f'select * replace (cast({value} as {types[name]}) as "{name}") from {rows}'
            table = table_of(dataset)
            database().execute(f"create or replace table {table} as from {rows}")
            database().execute(f"insert into {table} {query}")
            if violated(version, dataset, [check]):
                return query
    return None


@cache
def breaking_rows(version: str, dataset: str) -> dict[str, str]:
    """Static row or group rule -> SELECT of rows that break it; None where none was found."""
    load_world(version, in_world(dataset))
    rows = conformant(version, dataset)
    database().execute(f"create or replace table {rows} as from {table_of(dataset)}")
    return {
        check.rule_id: (
            broken_group(check, dataset, version)
            if check.check_kind.startswith("group:")
            else broken_row(check, dataset, version)
        )
        for check in checks(version)
        if check.is_static
        and check.dataset == dataset
        and check.check_kind.split(":")[0] in ("row", "values", "group")
    }


@pytest.mark.parametrize(("version", "dataset"), ALL_DATASETS)
def test_each_static_check_finds_its_breaking_row(version, dataset):
    found = breaking_rows(version, dataset)
    assert [rule for rule, query in found.items() if query is None] == []


@pytest.mark.parametrize(("version", "dataset"), ALL_DATASETS)
def test_each_rule_on_a_column_finds_the_column_missing_or_mistyped(version, dataset):
    types = contract(version)[dataset]
    found = [c for c in checks(version) if c.dataset == dataset and c.check_kind == "schema"]
    wrong = {name: "double" if type_ != "double" else "varchar" for name, type_ in types.items()}
    one = dict([next(iter(types.items()))])
    missed = {c.rule_id for c in found} - violated(version, dataset, found, wrong).keys()
    assert missed == {c.rule_id for c in found if c.check_function == "ColumnPresent"}
    kept = next(iter(one))
    assert {c.rule_id for c in found} - violated(version, dataset, found, one).keys() == {
        c.rule_id for c in found if f"'{kept}'" in c.violation
    }


# ---- the official validator on the same rows

_CONVERTS = (
    "the validator converts every column to the type that is asked for as it reads the file, and "
    "what does not convert becomes null; we look at the type as it is delivered"
)
_PAIRS = (
    "in a choice among pairs the validator counts each broken pair as one violation, and lets the "
    "choice pass when the file has more rows than that"
)
# Check function, or rule -> why the validator lets pass what we object to. Each was looked into; in
# all of them the sentence of the rule is on our side.
DIFFERENCES = {
    "TypeString": _CONVERTS,
    "TypeDecimal": _CONVERTS,
    "TypeJSON": _CONVERTS,
    "FormatNumeric": _CONVERTS,
    "CheckDecimalValue": "the validator skips this check",
    "FormatDateTime": (
        "a TIMESTAMP is well-formed to the validator whatever fraction of a second it has; a text "
        "with a fraction it refuses, as we do"
    ),
    "CAU-ServiceSubcategory-C-004-M": _PAIRS,
    "ServiceSubcategory-C-004-M": _PAIRS,
    "CAU-ChargeCategory-C-002-M": (
        "the validator takes over conditions of rules that depend on this one, and then looks only "
        "at rows that have a ChargeCategory"
    ),
}


def parquet(path: Path, query: str) -> Path:
    database().execute(f"copy ({query}) to '{path}'")
    return path


def objections(version: str, dataset: str, file: Path) -> set[str]:
    """Rules that the official validator finds violated; skips without its model file."""
    result = validate(file, version, dataset)
    if not result.ran:
        pytest.skip(result.message)
    return set(result.failed_rule_ids)


def unexplained(version: str, dataset: str, missed: set[str]) -> set[str]:
    """Of the rules that the validator lets pass, those that no known difference explains."""
    function = {c.rule_id: c.check_function for c in checks(version) if c.dataset == dataset}
    return {r for r in missed if r not in DIFFERENCES and function[r] not in DIFFERENCES}


OFFICIAL = [pair for pair in ALL_DATASETS if pair[0] != "1.3"]


@pytest.mark.parametrize(("version", "dataset"), OFFICIAL)
def test_the_validator_accepts_the_conformant_rows(version, dataset, tmp_path):
    load_world(version, in_world(dataset))
    file = parquet(tmp_path / "rows.parquet", f"from {table_of(dataset)}")
    explained = EXPLAINED[version].keys() if dataset == "CostAndUsage" else set()
    assert objections(version, dataset, file) - explained == set()


@pytest.mark.parametrize(("version", "dataset"), OFFICIAL)
def test_the_validator_objects_to_what_we_object_to(version, dataset, tmp_path):
    """All breaking rows in one file: each rule that we find violated, the validator finds too."""
    queries, kept = breaking_rows(version, dataset), conformant(version, dataset)
    function = {c.rule_id: c for c in checks(version) if c.dataset == dataset}
    rows = {}
    for rule, query in queries.items():
        # To the validator null is not "other than X"; to the sentence, and to us, it is.
        other = set(re.findall(r'"(\w+)" is distinct from', function[rule].violation))
        spelled = ", ".join(f"'Something else' as \"{name}\"" for name in sorted(other))
        rows[rule] = f"select * replace ({spelled}) from ({query})" if other else query
    together = " union all by name ".join(f"({q})" for q in [f"from {kept}", *rows.values()])
    found = objections(version, dataset, parquet(tmp_path / "broken.parquet", together))
    # A choice among values fails in the validator only where no row has any of them.
    choices = {rule for rule in queries if function[rule].check_function == "OR"}
    chosen = {function[rule].violation.split('"')[1] for rule in choices}
    alike = ", ".join(f"'Something else' as \"{name}\"" for name in sorted(chosen))
    if choices:
        file = parquet(tmp_path / "chosen.parquet", f"select * replace ({alike}) from {kept}")
        found |= objections(version, dataset, file) & choices
    assert unexplained(version, dataset, queries.keys() - found) == set()


@pytest.mark.parametrize(("version", "dataset"), OFFICIAL)
def test_the_validator_objects_to_missing_and_mistyped_columns(version, dataset, tmp_path):
    types = contract(version)[dataset]
    ours = {c.rule_id for c in checks(version) if c.dataset == dataset and c.check_kind == "schema"}
    missing = parquet(tmp_path / "missing.parquet", "select 'nothing else' as x_Only")
    missed = ours - objections(version, dataset, missing)
    assert {rule for rule in missed if _function(version, rule) != "CheckDecimalValue"} == set()
    mistyped = ", ".join(
        f'{"1" if type_ == "varchar" else repr("2026-05-03T00:00:00.5Z")} as "{name}"'
        for name, type_ in types.items()
    )
    load_world(version, in_world(dataset))
    wrong = parquet(tmp_path / "wrong.parquet", f"select {mistyped} from {table_of(dataset)}")
    typed = {c.rule_id for c in checks(version) if c.dataset == dataset}
    typed = {r for r in typed if _function(version, r) in ("TypeDateTime", "FormatDateTime")}
    assert typed - objections(version, dataset, wrong) == set()


def _function(version: str, rule: str) -> str:
    return next(c.check_function for c in checks(version) if c.rule_id == rule)
