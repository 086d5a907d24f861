"""The two halves of `make bench` compute the same: without that, their times say nothing."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

from cases import Case, Project, built_project

BENCH = Path(__file__).parents[1] / "bench"


def test_a_build_and_the_query_by_hand_come_to_the_same_rows_and_money(tmp_path, monkeypatch):
    """900 calls of 90 days: usage rows by day and the sum of their cost, to the last digit."""
    monkeypatch.syspath_prepend(BENCH)
    for module in ("calls", "reference"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    import calls
    import reference

    calls.write(tmp_path / "landing", 900)
    landed = sorted((tmp_path / "landing").rglob("*.jsonl"))
    assert len(landed) == calls.DAYS
    rows, cost = reference.run(tmp_path / "landing", "day", tmp_path / "reference.parquet")
    files = {
        path.relative_to(tmp_path / "landing").as_posix(): path.read_text("utf-8")
        for path in landed
    }
    project = Project(built_project())
    with project.built(Case("bench", files, registers={}, expected={})) as outcome:
        assert outcome.stopped is None and outcome.red == []
        built = outcome.rows("select count(*), sum(effective_cost) from charge")
    assert built == [(rows, Decimal(cost))]
