"""Pages that are written from the project itself say what the project is."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from ai_spend import cli, correctness, coverage, invoice_walk, vendors

PROJECT = Path(__file__).resolve().parents[2]
ROWS = vendors.datasets()


def test_the_vendor_page_is_up_to_date():
    committed = (PROJECT / vendors.PAGE).read_text(encoding="utf-8")
    assert committed == vendors.page(), "run `ai-spend docs vendors`"


def test_the_conformance_page_is_up_to_date():
    committed = (PROJECT / coverage.PAGE).read_text(encoding="utf-8")
    assert committed == coverage.page(), "run `ai-spend docs conformance`"
    assert "FOCUS 1.4: 1,301 of 1,301 active rules" in committed


def test_the_correctness_page_is_up_to_date():
    committed = (PROJECT / correctness.PAGE).read_text(encoding="utf-8")
    assert committed == correctness.page(), "run `ai-spend docs correctness`"


def test_every_kind_of_case_has_a_guarantee():
    folders = {path.name for path in (PROJECT / correctness.CASES).iterdir() if path.is_dir()}
    assert set(correctness.kinds()) == folders
    for kind, words in correctness.kinds().items():
        assert set(words) == {"name", "guaranteed", "otherwise"}, kind
        assert all(text.strip() for text in words.values()), kind


def test_every_case_stands_on_the_correctness_page():
    shown = set(re.findall(r"\(\.\./(\S+/case\.yml)\)", correctness.page()))
    files = (PROJECT / correctness.CASES).glob("*/*/case.yml")
    assert shown == {path.relative_to(PROJECT).as_posix() for path in files}


def test_the_invoice_page_is_up_to_date(sample_build):
    """It is written only where each step has the total of the one before (TotalsDiffer)."""
    committed = (PROJECT / invoice_walk.PAGE).read_text(encoding="utf-8")
    assert committed == invoice_walk.page(sample_build.db), "run `ai-spend docs invoice`"


def test_an_invoice_whose_steps_differ_gets_no_page(sample_build, tmp_path):
    broken = tmp_path / "ai_spend.duckdb"
    shutil.copy2(sample_build.db, broken)
    with duckdb.connect(broken) as connection:
        connection.execute(
            "update charge set billed_cost = billed_cost + 0.000000000000000001 where charge_id = "
            "(select min(charge_id) from charge where invoice_id = 'OAI-2026-07')"
        )
    with pytest.raises(invoice_walk.TotalsDiffer, match="OAI-2026-07"):
        invoice_walk.page(broken)
    with pytest.raises(invoice_walk.TotalsDiffer, match="No invoice X-1 of OpenAI"):
        invoice_walk.page(sample_build.db, invoice="X-1")


def test_every_export_has_unit_tests_and_sample_records():
    cells = {}
    for line in vendors.page().splitlines():
        if found := re.match(r"\| \w+ \| `(\S+)` \| .* \| (\d+) \| (\d+) \| (\d+) \|$", line):
            cells[found[1]] = tuple(int(found[i]) for i in (2, 3, 4))
    assert set(cells) == {row["source_dataset"] for row in ROWS}
    assert all(min(numbers) > 0 for numbers in cells.values()), cells


def test_every_export_stands_in_the_readme():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    missing = [r["source_dataset"] for r in ROWS if f"`{r['source_dataset']}`" not in readme]
    assert not missing


def test_every_export_has_a_source_of_its_name():
    written = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "models/staging").glob("*/_*.yml")
    )
    missing = [r["source_dataset"] for r in ROWS if f"('{r['source_dataset']}')" not in written]
    assert not missing


def test_the_contract_of_a_shape_can_be_printed():
    printed = CliRunner().invoke(cli.main, ["vendor", "contract", "outcomes", "stg_x__outcomes"])
    assert "  - name: stg_x__outcomes\n" in printed.output
    assert "doc('outcomes__occurred_at')" in printed.output
    unknown = CliRunner().invoke(cli.main, ["vendor", "contract", "calls", "stg_x__calls"])
    assert unknown.exit_code == 1 and "Unknown shape 'calls'. Available: usage" in unknown.output
