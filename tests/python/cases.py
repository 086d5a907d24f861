"""The case suite: reads tests/cases, builds each case on its own, says where it differs.

dbt builds the project once, on an empty landing folder and with empty registers. A case then runs
the SQL that dbt compiled, in the order of the graph, for those models alone that its files and its
register rows reach, and rolls everything back: about a second instead of a build of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import yaml
from case_files import Malformed, write_landing
from conftest import PROJECT, once, parsed_project, run_dbt, shared_root
from dbt_common.exceptions import DbtRuntimeError

from ai_spend import closed, functions, landing

CASES = PROJECT / "tests" / "cases"
# What a case may ask about. Not every one is there in every state of the project.
ASKED = (
    "charge",
    "unpriced_usage",
    "quarantine",
    "landing_records",
    "landing_files",
    "notices",
    "control_totals",
    "billing_sources",
    "billing_doubts",
    "gaps",
)
# What takes longer, for the cases that name it under `also`.
ALSO = ("focus_rule_results", "reconciliation", "budget_status", "delivery_notices")
# The tests on money that no case may break, of those that the project has; with `also` more.
NEVER_BROKEN = (
    "allocated_parts_equal_their_line",
    "charge_equals_current_charges",
    "charge_equals_its_sources",
    "charge_holds_all_tokens_that_carry_money",
    "covered_lines_hold_all_lines",
    "every_fact_has_a_source_day",
    "one_source_per_cell",
    "prepayments_are_told_once",
    "reconciliation_holds_all_bills_and_all_logs",
    "records_reach_shapes",
)
# The company's own: empty in a case that gives no rows.
REGISTERS = ("organisation/*.csv", "prices/contract_prices.csv", "prices/seat_contracts.csv")

# A plan is kept from case to case, so it may not rest on the values that one case has.
SETTINGS = (
    "set timezone = 'UTC'",
    "set threads = 1",
    "set disabled_optimizers = 'statistics_propagation'",
)

CASE_KEYS = {"title", "source", "arithmetic", "files", "registers", "expected"}
OPTIONAL_KEYS = {"registers", "also", "mended", "mended_by"}
MONEY_BY = {
    "charge": "service",
    "effective_cost": "service",
    "list_cost": "service",
    "cost_basis": "x_cost_basis",
    "by_month": "strftime(charge_period_start, '%Y-%m')",
    "by_day": "strftime(charge_period_start, '%Y-%m-%d')",
    "by_account": "billing_account_id",
    "by_department": "x_department",
}
MEASURES = {"effective_cost": "effective_cost", "list_cost": "list_cost"}
SUMMED = ("cost_basis", "by_month", "by_day", "by_account", "by_department")
TEXTS = {
    "quarantine": "select concat_ws(': ', source_file, reason) from quarantine",
    "notices": "select concat_ws(': ', source_file, notice) from notices",
    "unpriced": (
        "select distinct concat_ws(': ', service, model, meter, reason) from unpriced_usage"
    ),
    "focus_violations": (
        "select concat_ws(' ', focus_version, rule_id) from focus_rule_results "
        "where verdict = 'fail' and keyword in ('MUST', 'MUST NOT')"
    ),
}
# Nothing may be refused or left without a price unless the case says so.
EMPTY_UNLESS_STATED = ("quarantine", "unpriced")
EXPECTED_KEYS = {*MONEY_BY, *TEXTS, "tokens", "rows", "queries", "red"}


class Loader(yaml.CSafeLoader):
    """YAML whose numbers are exact and whose dates and times stay text."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012  (PyYAML's own name)


for tag, pattern, first in (
    ("null", r"^(null|~|)$", ["n", "~", ""]),
    ("bool", r"^(true|false)$", "tf"),
    ("int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789"),
    ("merge", r"^<<$", "<"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
Loader.add_constructor("tag:yaml.org,2002:float", lambda load, node: Decimal(node.value))


def construct_mapping(load: Loader, node: yaml.MappingNode, deep: bool = False) -> dict:
    keys = [load.construct_object(key) for key, _ in node.value if key.tag[-5:] != "merge"]
    if len(keys) != len(set(keys)):
        raise Malformed(f"a key stands twice in {sorted(map(str, keys))}")
    load.flatten_mapping(node)
    return {
        load.construct_object(key, deep=True): load.construct_object(value, deep=True)
        for key, value in node.value
    }


Loader.add_constructor("tag:yaml.org,2002:map", construct_mapping)


def read_yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError as error:
        raise Malformed(f"{path}: {error}") from error


@dataclass(frozen=True)
class Case:
    """One case.yml, found sound."""

    name: str
    files: dict[str, Any]
    registers: dict[str, list[dict]]
    expected: dict[str, Any]
    also: list[str] = field(default_factory=list)
    mended_by: str | None = None


def read_case(path: Path, root: Path = CASES) -> Case:
    """The case in a file; raises Malformed where it is none, asserts nothing or does not sum."""
    name = path.parent.relative_to(root).as_posix()
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise Malformed(f"{name}: no mapping")
    keys = set(raw)
    if keys - CASE_KEYS - OPTIONAL_KEYS or CASE_KEYS - OPTIONAL_KEYS - keys:
        raise Malformed(f"{name}: keys are {sorted(keys)}, not {sorted(CASE_KEYS)}")
    for key in ("title", "source", "arithmetic"):
        if not isinstance(raw[key], str) or not raw[key].strip():
            raise Malformed(f"{name}: {key} says nothing")
    if not isinstance(raw["files"], dict) or not raw["files"]:
        raise Malformed(f"{name}: no files")
    if ("mended" in raw) != ("mended_by" in raw) or raw.get("mended") not in (None, False):
        raise Malformed(f"{name}: mended: false stands with mended_by, or neither is there")
    if "mended_by" in raw and not re.match(r"issue \d+", str(raw["mended_by"])):
        raise Malformed(f"{name}: mended_by names no issue")
    if unknown := set(raw.get("also", [])) - set(ALSO):
        raise Malformed(f"{name}: nothing called {sorted(unknown)} can be built besides")
    if "focus_violations" in (raw["expected"] or {}) and "focus_rule_results" not in raw.get(
        "also", []
    ):
        raise Malformed(f"{name}: focus_violations needs also: [focus_rule_results]")
    check_expected(name, raw["expected"], raw["arithmetic"])
    return Case(
        name=name,
        files=raw["files"],
        registers=raw.get("registers") or {},
        expected=raw["expected"],
        also=raw.get("also", []),
        mended_by=raw.get("mended_by"),
    )


def check_expected(name: str, expected: Any, arithmetic: str) -> None:
    if not isinstance(expected, dict) or not set(expected) & EXPECTED_KEYS:
        raise Malformed(f"{name}: nothing is expected")
    if unknown := set(expected) - EXPECTED_KEYS:
        raise Malformed(f"{name}: unknown expectations {sorted(unknown)}")
    for wrong in wrong_equations(arithmetic):
        raise Malformed(f"{name}: the arithmetic is wrong: {wrong}")
    for key in set(expected) & set(MONEY_BY):
        for group, amounts in (expected[key] or {}).items():
            if not isinstance(amounts, dict) or not amounts:
                raise Malformed(f"{name}: {key} {group} is no mapping of currencies")
            for amount in amounts.values():
                if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
                    raise Malformed(f"{name}: {key} {group}: {amount!r} is no amount")
    for amounts in (expected.get("charge") or {}).values():
        for amount in amounts.values():
            if amount and amount not in numbers(arithmetic):
                raise Malformed(f"{name}: the arithmetic does not come to {amount}")
    if "charge" in expected:
        whole = by_currency(expected["charge"])
        for key in SUMMED:
            if key in expected and by_currency(expected[key]) != whole:
                raise Malformed(f"{name}: {key} does not sum to the charge")
    for key in ("tokens", "rows"):
        for thing, count in (expected.get(key) or {}).items():
            if isinstance(count, bool) or not isinstance(count, int | Decimal):
                raise Malformed(f"{name}: {key} {thing}: {count!r} is no number")
    for query in expected.get("queries") or []:
        if set(query) != {"sql", "rows"}:
            raise Malformed(f"{name}: a query has sql and rows")


def by_currency(groups: dict[str, dict] | None) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for amounts in (groups or {}).values():
        for currency, amount in amounts.items():
            totals[currency] += amount
    return {currency: total for currency, total in totals.items() if total}


NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"


def numbers(text: str) -> set[Decimal]:
    found = {Decimal(number.replace(",", "")) for number in re.findall(NUMBER, text)}
    return found | {-number for number in found}


def wrong_equations(arithmetic: str) -> Iterator[str]:
    """Equations of numbers, + - x / and brackets that are not true. Words are passed over."""
    text = re.sub(r"(?<![\w.])[A-Za-z_](?=[\w./@:-]*\w)[\w./@:-]*", " ", arithmetic)
    for part in re.split(r"\n|;|: |, |\.(?=\s|$)", text):
        sides = part.split("=")
        values = [evaluated(side) for side in sides]
        for left, right in pairwise(values):
            if left is not None and right is not None and left != right:
                yield part.strip()


def evaluated(side: str) -> Fraction | None:
    tokens = re.findall(rf"{NUMBER}|[-+x/()]", side)
    if not tokens or re.sub(rf"{NUMBER}|[-+x/()\s]", "", side):
        return None
    code = "".join(
        f"Fraction('{token.replace(',', '')}')"
        if re.fullmatch(NUMBER, token)
        else token.replace("x", "*")
        for token in tokens
    )
    try:
        return eval(code, {"Fraction": Fraction})
    except (SyntaxError, TypeError, ZeroDivisionError):
        return None


class Graph:
    """The nodes of the project, as dbt's manifest has them."""

    def __init__(self, project: Path) -> None:
        manifest = json.loads((project / "target" / "manifest.json").read_text())
        self.nodes: dict[str, dict] = manifest["nodes"]
        self.names = {
            node["name"]: key
            for key, node in self.nodes.items()
            if node["resource_type"] in ("model", "seed")
        }
        self.asked = [self.names[name] for name in ASKED if name in self.names]

    def parents(self, key: str) -> list[str]:
        return self.nodes.get(key, {}).get("depends_on", {}).get("nodes", [])

    def ordered(self, wanted: list[str]) -> list[str]:
        """The wanted nodes and all they are made of, parents first."""
        order: dict[str, None] = {}

        def add(key: str) -> None:
            if key not in order:
                for parent in self.parents(key):
                    add(parent)
                order[key] = None

        for key in wanted:
            add(key)
        return list(order)

    def models(self, wanted: list[str]) -> list[str]:
        """Those of the wanted nodes and all they are made of that are models, parents first."""
        return [key for key in self.ordered(wanted) if key.startswith("model.")]

    @cached_property
    def tests(self) -> dict[str, str]:
        return {
            node["name"]: key
            for key, node in self.nodes.items()
            if node["resource_type"] == "test" and node["name"] in NEVER_BROKEN
        }


class Landing:
    """Landing folders as the plugins offer them, one after the other in the same two tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, example: Path) -> None:
        self.reader = connection.cursor()
        self.reader.execute("attach ':memory:' as landed")
        offered(self.reader, example)
        self.reader.execute("create table landed.files as from landing_files() limit 0")
        self.reader.execute("create table landed.lines as from landing_lines('') limit 0")
        offered(connection, example)
        for macro in (
            "landing_files() as table from landed.files",
            "landing_lines(wanted) as table from landed.lines where source_dataset = wanted",
        ):
            connection.execute(f"create or replace temp macro {macro}")

    def offer(self, root: Path) -> None:
        offered(self.reader, root)
        self.reader.execute("delete from landed.files")
        self.reader.execute("delete from landed.lines")
        self.reader.execute("insert into landed.files from landing_files()")
        datasets = "select distinct dataset from landed.files where status = 'read'"
        for (dataset,) in self.reader.execute(datasets).fetchall():
            self.reader.execute("insert into landed.lines from landing_lines(?)", [dataset])


class Project(Graph):
    """The project as dbt compiled it, and a database that holds it without any data."""

    def __init__(self, project: Path) -> None:
        super().__init__(project)
        self.compiled = project / "target" / "compiled" / "ai_spend"
        self.copy = copy = Path(tempfile.mkdtemp(dir=project.parent))
        shutil.copy2(project / "target" / "ai_spend.duckdb", copy / "ai_spend.duckdb")
        self.connection = duckdb.connect(copy / "ai_spend.duckdb")
        for setting in SETTINGS:
            self.connection.execute(setting)
        functions.register(self.connection)
        self.plans: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.landing = Landing(self.connection, project.parent / "landing")
        self.kept = self.models(self.asked)
        self.keep_views()

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement by its plan, which is made once: the cases differ in their rows alone."""
        if sql not in self.plans:
            name = f"plan_{len(self.plans)}"
            self.connection.execute(f"prepare {name} as {sql}")
            self.plans[sql] = name
        return self.connection.execute(f"execute {self.plans[sql]}")

    @cached_property
    def empty(self) -> set[str]:
        """The tables that have no row without any data."""
        counted = "select count(*) from"
        return {
            key
            for key in self.models([*self.asked, *(self.names[name] for name in ALSO)])
            if self.is_table(key)
            and not self.connection.execute(f"{counted} {self.relation(key)}").fetchone()[0]
        }

    def keep_views(self) -> None:
        """Make a table of each view that every case needs: most are read many times over."""
        for key in self.kept:
            relation = self.relation(key)
            if self.nodes[key]["config"]["materialized"] == "view":
                self.connection.execute(f"drop view {relation}")
                self.connection.execute(f"create table {relation} as (\n{self.sql(key)}\n)")

    def is_table(self, key: str) -> bool:
        return key in self.kept or self.nodes[key]["config"]["materialized"] == "table"

    def relation(self, key: str) -> str:
        return self.nodes[key]["relation_name"]

    def sql(self, key: str) -> str:
        if key not in self.texts:
            path = self.compiled / self.nodes[key]["original_file_path"]
            self.texts[key] = path.read_text(encoding="utf-8")
        return self.texts[key]

    @contextmanager
    def built(self, case: Case) -> Iterator[Outcome]:
        """The case in the database, until the block ends."""
        with tempfile.TemporaryDirectory(dir=self.copy) as folder:
            root = Path(folder) / "landing"
            write_landing(root, case.files, shapes())
            with self.landed(root, case) as outcome:
                yield outcome

    @contextmanager
    def landed(self, root: Path, case: Case) -> Iterator[Outcome]:
        """A landing folder in the database, with the case's registers, until the block ends."""
        try:
            self.landing.offer(root)
        except (duckdb.Error, DbtRuntimeError) as error:
            yield Outcome(self.execute, f"the landing folder: {error}".split("\n")[0])
            return
        self.connection.execute("begin")
        try:
            yield self.run(case, {"/".join(path.parts) for path in datasets_below(root)})
        finally:
            self.connection.execute("rollback")

    def run(self, case: Case, datasets: set[str]) -> Outcome:
        order = self.ordered([*self.asked, *(self.names[name] for name in case.also)])
        changed = {f"source.ai_spend.{dataset.replace('/', '.')}" for dataset in datasets}
        changed.add("source.ai_spend.landing.files")
        for register, rows in case.registers.items():
            key = self.names.get(register)
            if key is None:
                raise Malformed(f"{case.name}: no register {register}")
            changed.add(key)
            self.fill(key, rows)
        for key in order:
            if not changed & set(self.parents(key)):
                continue
            if not self.is_table(key):
                changed.add(key)
                continue
            if key not in self.empty:
                self.execute(f"delete from {self.relation(key)}")
            try:
                inserted = self.execute(
                    f"insert into {self.relation(key)} by name (\n{self.sql(key)}\n)"
                )
            except duckdb.Error as error:
                name = self.nodes[key]["name"]
                return Outcome(self.execute, f"{name}: {error}".split("\n")[0])
            # What was empty and stays so changes nothing that is made of it.
            if key not in self.empty or inserted.fetchone()[0] > 0:
                changed.add(key)
        red = []
        for name, key in self.tests.items():
            parents = set(self.parents(key))
            if changed & parents and parents <= set(order):
                failing = self.execute(f"select count(*) from (\n{self.sql(key)}\n)").fetchone()[0]
                red += [name] if failing else []
        return Outcome(self.execute, None, red)

    def fill(self, key: str, rows: list[dict]) -> None:
        relation = self.nodes[key]["relation_name"]
        for row in rows:
            columns = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            values = [str(v) if isinstance(v, Decimal) else v for v in row.values()]
            self.connection.execute(f"insert into {relation} ({columns}) values ({marks})", values)


@dataclass
class Outcome:
    """What a case came to: how to ask the database that holds it, or where the build stopped."""

    execute: Callable[[str], duckdb.DuckDBPyConnection]
    stopped: str | None
    red: list[str] = field(default_factory=list)

    def rows(self, sql: str) -> list[tuple]:
        return self.execute(sql).fetchall()

    def money(self, key: str) -> dict[str, dict[str, Decimal]]:
        totals: dict[str, dict[str, Decimal]] = defaultdict(dict)
        measure = MEASURES.get(key, "billed_cost")
        found = self.rows(
            f"select {MONEY_BY[key]}, billing_currency, sum({measure}) from charge group by all"
        )
        for group, currency, amount in found:
            totals[str(group)][currency] = amount
        return totals

    def tokens(self) -> dict[str, Decimal]:
        """Of billable usage, and of coding agents, whose subscription pays for their tokens."""
        found = self.rows(
            "select meter, sum(quantity) from usage "
            "where is_billable or source_dataset like 'coding_agents/%' group by all"
        )
        return dict(found)


def differences(case: Case, outcome: Outcome) -> list[str]:
    """Every expectation that is not met: what is expected, what came."""
    if outcome.stopped:
        return [f"the build stops at {outcome.stopped}"]
    expected, found = case.expected, []
    for key in MONEY_BY:
        if key in expected:
            found += unequal_money(key, expected[key] or {}, outcome.money(key))
    if "tokens" in expected:
        found += unequal("tokens", expected["tokens"] or {}, outcome.tokens())
    for table, count in (expected.get("rows") or {}).items():
        found += unequal("rows", {table: count}, {table: outcome.rows(f"from {table}").__len__()})
    for key, sql in TEXTS.items():
        if key in expected or key in EMPTY_UNLESS_STATED:
            texts = sorted(str(text) for (text,) in outcome.rows(sql))
            found += unmatched(key, expected.get(key) or [], texts)
    for query in expected.get("queries") or []:
        rows = [tuple(map(plain, row)) for row in outcome.rows(query["sql"])]
        wanted = [tuple(map(plain, row)) for row in query["rows"]]
        if rows != wanted:
            found.append(f"{query['sql'].strip()}\n    expected {wanted}\n    actual   {rows}")
    return found + unmatched("red", expected.get("red") or [], outcome.red)


def unequal_money(key: str, expected: dict, actual: dict) -> list[str]:
    return [
        line
        for group in dict.fromkeys([*expected, *actual])
        for line in unequal(f"{key} {group}", expected.get(group, {}), actual.get(group, {}))
    ]


def unequal(what: str, expected: dict, actual: dict) -> list[str]:
    """Numbers that differ; one that is not there is 0."""
    return [
        f"{what} {key}: expected {plain(expected.get(key, 0))}, actual {plain(actual.get(key, 0))}"
        for key in dict.fromkeys([*expected, *actual])
        if (expected.get(key) or 0) != (actual.get(key) or 0)
    ]


def unmatched(what: str, patterns: list[str], texts: list[str]) -> list[str]:
    """Patterns that no text meets; and texts that no pattern meets, but for notices."""
    found = [
        f"{what}: expected /{pattern}/, actual {texts}"
        for pattern in patterns
        if not any(re.search(pattern, text) for text in texts)
    ]
    if what == "notices" and patterns:
        return found
    return found + [
        f"{what}: not expected: {text}"
        for text in texts
        if not any(re.search(pattern, text) for pattern in patterns)
    ]


def plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return str(value)


def compare(project: Project, path: Path) -> list[str]:
    """Where the case in a file differs."""
    case = read_case(path)
    with project.built(case) as outcome:
        return differences(case, outcome)


def datasets_below(root: Path) -> Iterator[Path]:
    return (path.relative_to(root) for path in root.glob("*/*"))


@cache
def shapes() -> dict[str, dict]:
    return read_yaml(CASES / "shapes.yml")


def offered(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Offer a case's landing folder to the compiled SQL, as dbt's plugins do."""
    names = ("AI_SPEND_LANDING", "AI_SPEND_CLOSED", "DBT_TARGET_PATH")
    before = {name: os.environ.get(name) for name in names}
    os.environ["AI_SPEND_LANDING"] = root.as_posix()
    os.environ["AI_SPEND_CLOSED"] = (root.parent / "closed").as_posix()
    os.environ["DBT_TARGET_PATH"] = root.parent.as_posix()
    try:
        for module in (landing, closed):
            plugin = module.Plugin("cases", {})
            plugin.configure_connection(connection)
            plugin.configure_cursor(connection)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def project_without_registers(folder: Path) -> Path:
    """A copy of the project of a company that keeps none."""
    project = shutil.copytree(parsed_project(), folder)
    for pattern in REGISTERS:
        for register in (project / "seeds").glob(pattern):
            header = register.read_text(encoding="utf-8").split("\n")[0]
            register.write_text(f"{header}\n", encoding="utf-8")
    return project


def built_project() -> Path:
    """The project, built once for all test workers on a landing folder without records."""

    def make(folder: Path) -> None:
        empty = folder / "landing" / "litellm" / "spend_logs" / "none.jsonl"
        empty.parent.mkdir(parents=True)
        empty.touch()
        project = project_without_registers(folder / "project")
        graph = Graph(project)
        asked = [f"+{graph.nodes[key]['name']}" for key in graph.asked] + [f"+{a}" for a in ALSO]
        built = run_dbt(
            *(folder, folder / "landing", "build", "--log-level", "warn"),
            *("--select", *asked, *graph.tests),
            *("--indirect-selection", "empty"),
        )
        assert built.returncode == 0, built.output

    return once("cases", shared_root(), make) / "project"
