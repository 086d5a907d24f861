"""Every case of tests/cases comes to what is worked out in it (tests/cases/README.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_files import Malformed
from cases import CASES, built_project, differences, read_case

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
def project(tmp_path_factory):
    return built_project(tmp_path_factory.mktemp("cases"))


@pytest.mark.parametrize("path", [case_of(path) for path in PATHS])
def test_case(project, path):
    case = read_case(path)
    with project.built(case) as outcome:
        different = differences(case, outcome)
    if different:
        raise Differs("\n  ".join([f"{case.name} differs:", *different]))
