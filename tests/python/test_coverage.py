"""Verdicts on FOCUS rules: no official rule is missing, Python and SQL agree, the page is true."""

import importlib.util
from dataclasses import astuple
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT

from ai_spend import coverage, spec
from ai_spend.conformance import _model_folder, validate
from ai_spend.export import export


def official_model(version: str) -> dict:
    """The official model file of a version; skips where it is not at hand."""
    package = importlib.util.find_spec("focus_validator")
    site_packages = Path(package.origin).parents[1] if package else Path()
    folder = _model_folder(version, None, site_packages)
    if folder is None:
        pytest.skip(f"the official {version} model file is not at hand (AI_SPEND_FOCUS_MODEL)")
    return spec.read_model(next(folder.glob(f"model-{version}*.json")))


def test_every_active_official_rule_has_a_verdict():
    active = {
        rule_id
        for rule_id, rule in official_model("1.4")["ModelRules"].items()
        if rule["Status"] == "Active"
    }
    judged = [rule for rule in coverage.verdicts() if rule.focus_version == "1.4"]
    assert len(judged) == len(active) == 1301
    assert {rule.rule_id for rule in judged} == active
    assert {rule.verdict for rule in judged} == coverage.VERDICTS.keys() - {"unanswered"}
    assert all(rule.reason for rule in judged)


def test_columns_are_alphabetical_the_own_ones_behind():
    for path in sorted((PROJECT / "models" / "focus").glob("v*/focus_*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            names = [column["name"] for column in model["columns"]]
            own = sorted((n for n in names if n.startswith("x_")), key=str.lower)
            assert names == sorted(set(names) - set(own)) + own, model["name"]


def test_every_check_function_is_explained():
    page = coverage.page()
    assert [name for name in coverage.CHECKS if f"`{name}`" not in page] == []


def test_verdicts_are_those_of_the_database(sample_build):
    judged = sample_build.rows(
        "select focus_version, dataset, rule_id, column_name, keyword, verdict, reason"
        " from focus_rule_coverage"
    )
    assert {astuple(rule) for rule in coverage.verdicts()} == set(judged)
    assert len(judged) == len(coverage.verdicts())


def test_a_rule_of_the_newest_version_without_an_answer_is_named(monkeypatch):
    """So that a new version's rule cannot pass for one that was looked into."""
    read = coverage._seed
    monkeypatch.setattr(
        coverage,
        "_seed",
        lambda project, name: [] if name == "focus_rule_answers" else read(project, name),
    )
    found = {(rule.focus_version, rule.rule_id): rule.verdict for rule in coverage.verdicts()}
    assert found["1.4", "CAU-BilledCost-C-005-C"] == "unanswered"
    assert found["1.3", "CAU-BilledCost-C-005-C"] == coverage.NEEDS_KNOWLEDGE
    assert found["1.4", "CAU-BilledCost-C-003-M"] == "checked"
    assert "unanswered" in coverage.page()


# Failures of the official models on conformant data; test_sample_build proves the rules at fault.
DEFECTS = {
    ("1.4", "CostAndUsage"): {
        # Columns that 1.4 removed are asked for.
        "CAU-CostAndUsage-D-000-M",
        "CAU-CostAndUsage-D-001-M",
        "CAU-CostAndUsage-D-021-M",
        "CAU-CostAndUsage-D-038-M",
        # A condition is inverted, so that no row without SkuPriceId, such as a tax, can be right.
        "CAU-CostAndUsage-D-002-M",
        "CAU-PricingCurrencyContractedUnitPrice-C-000-C",
        "CAU-PricingCurrencyContractedUnitPrice-C-003-M",
        "CAU-PricingCurrencyContractedUnitPrice-C-012-C",
    },
    ("1.2", "CostAndUsage"): {
        "CapacityReservationStatus-C-000-C",
        "CapacityReservationStatus-C-002-C",
        "CapacityReservationStatus-C-004-C",
        "CommitmentDiscountStatus-C-000-C",
        "CommitmentDiscountStatus-C-002-C",
        "CommitmentDiscountStatus-C-004-C",
        "CostAndUsage-D-000-M",
        "CostAndUsage-D-002-M",
        "EffectiveCost-C-000-M",
        "EffectiveCost-C-005-C",
        "InvoiceId-C-000-O",
        "InvoiceId-C-003-C",
        "InvoiceId-C-004-C",
        "InvoiceId-C-005-C",
    },
}


@pytest.mark.parametrize(("version", "dataset"), coverage.VALIDATOR)
def test_the_validator_says_of_the_sample_what_the_page_says(
    sample_build, tmp_path, version, dataset
):
    parquet = tmp_path / "focus.parquet"
    export(sample_build.db, version, "parquet", parquet, dataset=dataset)
    result = validate(parquet, version, dataset)
    if not result.ran:
        pytest.skip(result.message)
    numbers = (result.passed, result.failed, result.skipped)
    assert numbers == coverage.VALIDATOR[version, dataset]
    assert set(result.failed_rule_ids) == DEFECTS.get((version, dataset), set())
    assert result.unexplained == ()
    assert len(result.explained) == result.failed
