"""The official FOCUS validator on what the project exports.

`built_db` is a session fixture of conftest.py: path of a database built from landing/sample.
"""

from pathlib import Path

import duckdb
import pytest

from ai_spend import conformance
from ai_spend.conformance import EXPLAINED, ValidationError, ValidationResult, validate
from ai_spend.export import export

SKIPPED = "SKIPPED: the official 1.4 model file is not at hand"


def test_sample_conforms_to_focus_1_4(built_db, tmp_path):
    parquet = tmp_path / "focus.parquet"
    export(Path(built_db), "1.4", "parquet", parquet)
    result = validate(parquet, "1.4")
    if not result.ran:
        pytest.skip(SKIPPED)

    assert result.unexplained == ()
    # A row without SkuPriceId, such as a tax, costs the four rules around a condition that the
    # model has upside down; see EXPLAINED.
    unpriced = duckdb.execute(
        'select count(*) from read_parquet(?) where "SkuPriceId" is null', [str(parquet)]
    ).fetchone()[0]
    assert result.passed >= (412 if unpriced else 416)


def test_explained_failures_are_the_eight_that_were_looked_into():
    assert len(EXPLAINED["1.4"]) == 8
    assert all(EXPLAINED["1.4"].values())


def test_a_version_without_model_is_skipped_in_words(tmp_path):
    result = validate(tmp_path / "focus.parquet", "1.4", model_dir=tmp_path)
    assert not result.ran
    assert result.message.startswith(SKIPPED)
    assert validate(tmp_path / "focus.parquet", "1.1").message.startswith("SKIPPED")


@pytest.mark.parametrize("as_file", [True, False])
def test_the_model_is_found_where_the_environment_says(tmp_path, monkeypatch, as_file):
    model = tmp_path / "model-1.9.json"
    model.write_text("{}")
    monkeypatch.setenv(conformance.MODEL_VARIABLE, str(model if as_file else tmp_path))
    assert conformance._model_folder("1.9", None, tmp_path / "none") == tmp_path
    assert conformance._model_folder("1.8", None, tmp_path / "none") is None


REPORT = """
=== Validation Results ===
Total: 5 | Pass: 2 | Fail: 2 | Skipped: 1
✅ CAU-A-C-001-M: PASS  (1.0ms)
❌ CAU-CostAndUsage-D-021-M: FAIL  (violations=1, msg=Column MUST be present)
❌ CAU-BilledCost-C-003-M: FAIL  (violations=3, msg=BilledCost MUST NOT be NULL., 1.0ms)
✅ CAU-B-C-001-M: PASS  (1.0ms)
⏭️ CAU-C-C-001-M: SKIP  (reason=dynamic)

--- Failures ---
- CAU-BilledCost-C-003-M: violations=3; BilledCost MUST NOT be NULL.
"""


def test_the_report_is_read():
    assert conformance._read_verdict(REPORT, "", "1.4") == ValidationResult(
        ran=True,
        message=(
            "FOCUS 1.4: 2 rules passed, 2 failed (1 explained), "
            "1 skipped because they need knowledge outside the file"
        ),
        passed=2,
        failed=2,
        skipped=1,
        failed_rule_ids=("CAU-BilledCost-C-003-M", "CAU-CostAndUsage-D-021-M"),
        explained=("CAU-CostAndUsage-D-021-M",),
    )
    assert conformance._read_verdict(REPORT, "", "1.4").unexplained == ("CAU-BilledCost-C-003-M",)


def test_no_verdict_is_an_error():
    with pytest.raises(ValidationError, match="Traceback"):
        conformance._read_verdict("", "Traceback ...", "1.4")
    with pytest.raises(ValidationError, match="3 rules failed, but 2 are named"):
        conformance._read_verdict(REPORT.replace("Fail: 2", "Fail: 3"), "", "1.4")
