"""Builds of the project in a copy of its own, so that tests share nothing with a working build."""

from __future__ import annotations

import atexit
import fcntl
import os
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
FILES = ("dbt_project.yml", "profiles.yml")


# The files that take longest, so that no worker starts on one of them when the others are done.
LONGEST_FIRST = (
    "test_sample_build.py",
    "test_dbt_unit_tests.py",
    "test_bad_input.py",
    "test_official_rules.py",
    "test_new_version.py",
    "test_traces.py",
    "test_basis.py",
    "test_hand_worked.py",
)
# For builds whose test asks nothing of the FOCUS rules: the sample's builds evaluate them.
WITHOUT_RULES = ("--exclude", "path:models/conformance", "path:tests/conformance")


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


def run_dbt(folder: Path, landing: Path | str, *arguments: str) -> Built:
    """Run dbt in a copy of the project below `folder`, on the given landing folder."""
    project = folder / "project"
    if not project.exists():
        shutil.copytree(parsed_project(), project)
    return dbt(project, landing, *arguments)


def dbt(project: Path, landing: Path | str, *arguments: str) -> Built:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AI_SPEND_", "DBT_"))}
    run = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments],
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


def parsed_project() -> Path:
    """A copy of the project that dbt has read once: copies of it start in a third of the time."""

    def make(project: Path) -> None:
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PROJECT / part, project / part, ignore=ignored)
        for name in FILES:
            shutil.copy2(PROJECT / name, project / name)
        parsed = dbt(project, SAMPLE, "parse", "--log-level", "warn")
        assert parsed.returncode == 0, parsed.output

    return once("parsed", shared_root(), make)


def at_grain(built: Built, folder: Path, landing: Path, grain: str, *more: str) -> Built:
    """The same build at another focus_usage_grain: what lies before it is taken over as it is."""
    shutil.copytree(built.folder, folder / "project")
    models = ("usage_charges+", "charged_usage")
    arguments = ("build", "--log-level", "warn", "--select", *models, *more)
    again = run_dbt(folder, landing, *arguments, "--vars", f"{{focus_usage_grain: {grain}}}")
    assert again.returncode == 0, again.output
    return again


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


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Build a landing folder; fails the test when dbt fails, unless `expect_failure`."""

    def build_landing(landing: Path, *arguments: str, expect_failure: bool = False) -> Built:
        built = run_dbt(tmp_path, landing, "build", "--log-level", "warn", *arguments)
        assert expect_failure or built.returncode == 0, built.output
        return built

    return build_landing
