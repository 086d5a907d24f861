"""Every case of tests/cases comes to what is worked out in it (tests/cases/README.md)."""

from __future__ import annotations

import multiprocessing
import pickle
import re
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from case_files import Malformed, write_landing
from cases import ASKED, CASES, Project, built_project, compare, read_case, shapes
from conftest import once, shared_root

PATHS = sorted(CASES.glob("*/*/case.yml"))


class Differs(AssertionError):
    """A sound case that comes to something else: all that a case not mended yet may raise."""


def case_of(path: Path):
    try:
        mended_by = read_case(path).mended_by
    except Malformed:
        mended_by = None
    marks = [pytest.mark.xfail(reason=mended_by, strict=True, raises=Differs)] if mended_by else []
    return pytest.param(path, id=path.parent.relative_to(CASES).as_posix(), marks=marks)


@pytest.fixture(scope="module")
def different(request) -> dict[Path, list[str] | Exception]:
    """What each case of this run differs in: built once for all test workers, two at a time."""
    wanted = [
        item.callspec.params["path"] for item in request.session.items if item.function is test_case
    ]

    def make(folder: Path) -> None:
        jobs = jobs_of(wanted)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, context, opened, (built_project(),)) as pool:
            results = [result for job in pool.map(found, jobs) for result in job]
        folder.mkdir()
        (folder / "found").write_bytes(pickle.dumps(results))

    return dict(pickle.loads((once("differences", shared_root(), make) / "found").read_bytes()))


def jobs_of(paths: list[Path]) -> list[list[Path]]:
    """The cases of a slow model are one job, the first: its plan takes longer than they do."""
    slow = [path for path in paths if "also: [focus_rule_results]" in path.read_text()]
    return [slow, *([path] for path in paths if path not in slow)]


def opened(folder: Path) -> None:
    """A process's own copy of the built project."""
    global project
    project = Project(folder)


def found(paths: list[Path]) -> list[tuple[Path, list[str] | Exception]]:
    return [(path, found_of(path)) for path in paths]


def found_of(path: Path) -> list[str] | Exception:
    try:
        return compare(project, path)
    except Exception as error:
        return error


@pytest.mark.parametrize("path", [case_of(path) for path in PATHS])
def test_case(different, path):
    if isinstance(different[path], Exception):
        raise different[path]
    if different[path]:
        raise Differs("\n  ".join(["differs:", *different[path]]))


SOUND = """
title: One call
source: Nobody
arithmetic: 2 x 1.25 = 2.50
files: {litellm/spend_logs/a.jsonl: {shape: litellm_call, rows: [{spend: 2.50}]}}
expected:
  charge: {openai_api: {USD: 2.50}}
  cost_basis: {Stated: {USD: 2.50}}
"""


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        pytest.param("title: One call", "", id="no title"),
        pytest.param("source: Nobody", "source: ''", id="an empty source"),
        pytest.param("source: Nobody", "sauce: Nobody", id="an unknown key"),
        pytest.param("title: One call", "title: [", id="no YAML"),
        pytest.param("title: One call", "title: a\ntitle: b", id="a key twice"),
        pytest.param(SOUND.split("expected:")[1], " {}", id="nothing expected"),
        pytest.param("cost_basis:", "cost_bases:", id="an unknown expectation"),
        pytest.param("{openai_api: {USD: 2.50}}", "{openai_api: 2.50}", id="no currency"),
        pytest.param("{openai_api: {USD: 2.50}}", "{openai_api: {USD: x}}", id="no amount"),
        pytest.param("{Stated: {USD: 2.50}}", "{Stated: {USD: 2.40}}", id="does not sum"),
        pytest.param("= 2.50", "= 2.60", id="a wrong equation"),
        pytest.param("2 x 1.25 = 2.50", "one call", id="an amount that is not worked out"),
        pytest.param("title: One call", "title: a\nmended: false", id="mended by nobody"),
        pytest.param("title: One call", "title: a\nmended: true", id="mended true"),
        pytest.param(
            "title: One call", "title: a\nmended: false\nmended_by: later", id="mended by no issue"
        ),
        pytest.param("title: One call", "title: a\nalso: [charge]", id="nothing to build besides"),
    ],
)
def test_what_is_no_case_is_refused(tmp_path, there, instead):
    assert there in SOUND
    case = tmp_path / "kind" / "name" / "case.yml"
    case.parent.mkdir(parents=True)
    case.write_text(SOUND)
    assert read_case(case, tmp_path).expected["charge"] == {"openai_api": {"USD": Decimal("2.50")}}
    case.write_text(SOUND.replace(there, instead))
    with pytest.raises(Malformed):
        read_case(case, tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [({"shape": "no_such"}, "no shape"), ({"shape": "lines", "row": []}, "unknown keys")],
)
def test_a_file_that_cannot_be_written_is_no_case(tmp_path, content, problem):
    with pytest.raises(Malformed, match=problem):
        write_landing(tmp_path, {"a/b/c": content}, shapes())


class Afresh(Project):
    """The project as dbt built it: its views are views, and each statement is planned anew."""

    def keep_views(self) -> None:
        self.kept = []
        self.connection.execute("reset disabled_optimizers")

    def execute(self, sql: str):
        return self.connection.execute(sql)


@pytest.fixture(scope="module")
def projects() -> tuple[Project, Project]:
    return Project(built_project()), Afresh(built_project())


# One after the other in the same two projects: calls, a bill with calls, seats.
IN_A_ROW = (
    "tokens/langfuse_cache_taken_off_twice",
    "sources/log_beside_a_bill_that_ends_on_the_tenth",
    "money/year_of_seats_over_two_departments",
)


@pytest.mark.parametrize("name", IN_A_ROW)
def test_kept_plans_and_tables_give_what_is_planned_anew(projects, name):
    case = read_case(CASES / name / "case.yml")
    whole = []
    for project in projects:
        with project.built(case) as outcome:
            tables = [(t, sorted(map(str, outcome.rows(f"from {t}")))) for t in ASKED]
            whole.append((outcome.stopped, outcome.red, tables))
    assert whole[0] == whole[1]
    assert dict(whole[0][2])["charge"]


def test_each_folder_is_a_case():
    folders = {path for path in CASES.glob("*/*") if path.is_dir()}
    assert folders == {path.parent for path in PATHS}
    kinds = set(re.findall(r"^\| (\w+) \|", (CASES / "README.md").read_text(), re.MULTILINE))
    assert {path.parent.parent.name for path in PATHS} <= kinds
