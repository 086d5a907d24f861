"""Builds of the project in a copy of its own, so that tests share nothing with a working build."""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "landing" / "sample"
PARTS = ("models", "macros", "seeds", "tests", "analyses", "ai_spend")
FILES = ("dbt_project.yml", "profiles.yml", ".dbtignore")


# The files that take longest, so that no worker starts on one of them when the others are done.
LONGEST_FIRST = (
    "test_sample_build.py",
    "test_cases.py",
    "test_delivery_properties.py",
    "test_dbt_unit_tests.py",
    "test_bad_input.py",
    "test_official_rules.py",
    "test_new_version.py",
    "test_traces.py",
    "test_billing_sources.py",
    "test_hand_worked.py",
)
# For builds whose test asks nothing of the FOCUS rules: the sample's builds evaluate them.
WITHOUT_RULES = (
    *("--exclude", "path:models/conformance", "path:tests/conformance"),
    "provider_statements+",
)
# And for those that ask for charges alone.
CHARGES_ALONE = (*WITHOUT_RULES, "path:models/marts")
# Two settings in one, for tests of either: what both ask is the same, and dbt reads them once.
STRICT_AND_LENIENT = "{billed_cost_mode: strict, max_unpriced_share: 0.572}"
# What dbt would write about a run, a third of its time; the manifest of `dbt parse` is read.
WITHOUT_RECORDS = ("--no-write-json", "--log-level-file", "none")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.path.name
        return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=place)


@dataclass(frozen=True)
class Built:
    """A finished dbt run: where the database lies, what dbt said, how it ended."""

    folder: Path
    returncode: int
    output: str

    @property
    def db(self) -> Path:
        return self.folder / "target" / "ai_spend.duckdb"

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(self.db, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def value(self, query: str):
        return self.rows(query)[0][0]


def run_dbt(folder: Path, landing: Path | str, *arguments: str, settings: str = "") -> Built:
    """Run dbt in a copy of the project below `folder`, on the given landing folder.

    settings: dbt vars. dbt reads the whole project again for other vars, so they are few.
    """
    project = folder / "project"
    if not project.exists():
        shutil.copytree(parsed_project(settings), project)
    return dbt(project, landing, *arguments, settings=settings)


def dbt(project: Path, landing: Path | str, *arguments: str, settings: str = "") -> Built:
    """Run dbt in a folder, with nothing installed but what a build needs (runtime_only.py)."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AI_SPEND_", "DBT_"))}
    run = subprocess.run(
        [
            *(sys.executable, Path(__file__).with_name("runtime_only.py")),
            *(() if "parse" in arguments else WITHOUT_RECORDS),
            *arguments,
            *(("--vars", settings) if settings else ()),
        ],
        cwd=project,
        env={
            **environment,
            "AI_SPEND_LANDING": str(landing),
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return Built(project, run.returncode, run.stdout + run.stderr)


def once(name: str, root: Path, make: Callable[[Path], None]) -> Path:
    """The folder `name` below root, made by the first test worker that needs it."""
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder, done = root / name, root / f"{name}.done"
        if not done.exists():
            # Made in its place: dbt remembers where it has read the seeds.
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder


@cache
def shared_root() -> Path:
    """A folder that all test workers of this run share; the first of them removes it at the end."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    root = Path(tempfile.gettempdir()) / f"ai_spend-tests-{run}"
    root.mkdir(exist_ok=True)
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def parsed_project(settings: str = "") -> Path:
    """A copy of the project that dbt has read once: copies of it start in a third of the time."""

    def make(project: Path) -> None:
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PROJECT / part, project / part, ignore=ignored)
        for name in FILES:
            shutil.copy2(PROJECT / name, project / name)
        parsed = dbt(project, SAMPLE, "parse", "--log-level", "warn", settings=settings)
        assert parsed.returncode == 0, parsed.output

    return once(re.sub(r"\W+", "_", f"parsed {settings}").strip("_"), shared_root(), make)


def rebuilt(built: Built, folder: Path, landing: Path, settings: str, *arguments: str) -> Built:
    """Some models of a finished build again, with other settings; the rest is taken over."""
    project = shutil.copytree(parsed_project(settings), folder / "project")
    for name in ("ai_spend.duckdb", "landing_cache.json"):
        shutil.copy2(built.folder / "target" / name, project / "target")
    command = ("build", "--log-level", "warn")
    again = run_dbt(folder, landing, *command, *arguments, settings=settings)
    assert again.returncode == 0, again.output
    return again


def at_grain(built: Built, folder: Path, landing: Path, grain: str, *more: str) -> Built:
    """The same build at another focus_usage_grain."""
    settings = f"{{focus_usage_grain: {grain}}}"
    models = ("usage_charges+", "charged_usage+")
    return rebuilt(built, folder, landing, settings, "--select", *models, *more)


@pytest.fixture(scope="session")
def sample_build() -> Built:
    """The project built from landing/sample at the default settings, with its data tests.

    Read only: all tests share it.
    """

    def make(folder: Path) -> None:
        built = run_dbt(folder, SAMPLE, "build", "--log-level", "warn")
        assert built.returncode == 0, built.output

    return Built(once("sample", shared_root(), make) / "project", 0, "")


@pytest.fixture(scope="session")
def built_db(sample_build: Built) -> Path:
    """The database of `sample_build`."""
    return sample_build.db


@pytest.fixture(scope="session")
def marts(sample_build: Built) -> Path:
    """The tables of the sample that a board report reads. Read only: all tests share it."""
    from report_data import copy_marts

    def make(folder: Path) -> None:
        copy_marts(sample_build.db, folder / "marts.duckdb")

    return once("report", shared_root(), make) / "marts.duckdb"


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Build a landing folder; fails the test when dbt fails, unless `expect_failure`."""

    def build_landing(landing: Path, *arguments: str, expect_failure: bool = False) -> Built:
        built = run_dbt(tmp_path, landing, "build", "--log-level", "warn", *arguments)
        assert expect_failure or built.returncode == 0, built.output
        return built

    return build_landing
