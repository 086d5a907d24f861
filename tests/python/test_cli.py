"""What a person types and reads."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from ai_spend import cli

EXPECTED = json.loads(Path(__file__).with_name("sample_expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def run(built_db, monkeypatch):
    monkeypatch.setenv("AI_SPEND_DB", str(built_db))

    def invoke(*arguments: str):
        return CliRunner().invoke(cli.main, list(arguments))

    return invoke


def test_export_says_rows_and_exact_totals(run, tmp_path):
    out = tmp_path / "may.csv"
    result = run(
        *("export", "--spec", "1.1", "--format", "csv", "--out", str(out)),
        *("--from", "2026-05-01", "--to", "2026-06-01"),
    )
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    may = Decimal(EXPECTED["billed_by_month"]["2026-05"])
    assert sum(Decimal(row["BilledCost"]) for row in rows) == may
    assert f"{len(rows):,} rows; USD BilledCost {may:,f}" in result.output
    assert {row["BillingPeriodStart"] for row in rows} == {"2026-05-01T00:00:00Z"}


def test_errors_are_one_sentence_with_the_remedy(run, tmp_path, monkeypatch):
    unknown = run("export", "--spec", "9.9", "--out", str(tmp_path / "x"))
    assert unknown.exit_code == 1
    versions = "1.1, 1.2, 1.3, 1.4"
    assert unknown.output.strip() == f"Error: Unknown FOCUS version '9.9'. Available: {versions}."
    absent = run("export", "--spec", "1.2", "--dataset", "InvoiceDetail")
    assert "FOCUS 1.2 has no dataset 'InvoiceDetail'. Available: CostAndUsage." in absent.output
    monkeypatch.setenv("AI_SPEND_DB", str(tmp_path / "none.duckdb"))
    for command in (("summary",), ("export", "--out", str(tmp_path / "x"))):
        missing = run(*command)
        assert missing.exit_code == 1
        assert "Run `make build` first" in missing.output


def test_the_summary_holds_the_figures_of_the_books(run):
    output = run("summary").output
    assert f"{Decimal(EXPECTED['billed_total']):,.2f}" in output
    # The euros as converted by hand in test_currencies.
    converted = Decimal(EXPECTED["billed_total"]) + Decimal("299.4975") + Decimal("319.9014")
    assert f"Converted to USD by dated rates (EUR): {converted:,.2f} billed in all\n" in output
    unpriced = {row["model"] for row in EXPECTED["unpriced"]}
    assert f"Unpriced  {len(unpriced)} model(s)" in output
    assert "in-house-llama-tuned" in output
    tokens = sum(
        Decimal(row["tokens"])
        for row in EXPECTED["unpriced"]
        if row["model"] == "in-house-llama-tuned"
    )
    assert f"in-house-llama-tuned: {tokens:,.0f} tokens" in output
    assert "line 11: unknown customer_type: reseller, who pays is not known" in output
    assert "more: select * from quarantine" in output
    seats = EXPECTED["seats"]["2026-09"]
    assert f"GitHub Copilot: {seats['persons']} in September 2026" in output
    assert "0 MUST and 0 SHOULD fail" in output


def test_every_command_explains_itself(run):
    for command in (
        (),
        ("build",),
        ("summary",),
        ("export",),
        ("declare",),
        ("validate",),
        ("prices", "refresh"),
        ("sample", "generate"),
        ("vendor", "contract"),
        ("docs", "vendors"),
        ("docs", "conformance"),
        ("spec", "refresh"),
    ):
        result = run(*command, "--help")
        assert result.exit_code == 0
        assert len(result.output.splitlines()) > 3, command
