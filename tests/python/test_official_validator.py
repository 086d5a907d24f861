"""How the official FOCUS validator is found, run and read.

What it says of the sample at each grain is tested in test_sample_build.py.
"""

import pytest

from ai_spend import conformance
from ai_spend.conformance import EXPLAINED, ValidationError, ValidationResult, validate

SKIPPED = "SKIPPED: the official 1.4 model file is not at hand"


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
