"""Every case of tests/cases comes to what is worked out in it (tests/cases/README.md)."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from case_files import Malformed
from cases import CASES, Project, built_project, compare, read_case

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
    """What each case of this run differs in; the cases are built two at a time."""
    wanted = [
        item.callspec.params["path"]
        for item in request.session.items
        if item.function is test_case
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context, opened, (built_project(),)) as pool:
        return dict(zip(wanted, pool.map(found, wanted), strict=True))


def opened(folder: Path) -> None:
    """A process's own copy of the built project."""
    global project
    project = Project(folder)


def found(path: Path) -> list[str] | Exception:
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
