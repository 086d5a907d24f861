"""Runs the official FOCUS validator on an exported Parquet file and reads its verdict.

The validator is the package focus-validator; its rules come from the official model file of a
version, which is not part of this project. It carries the model of 1.2 itself; that of 1.4 is
looked for in the environment variable AI_SPEND_FOCUS_MODEL (the file or its folder), then in
`../shared/focus` beside the project. FOCUS 1.1 has no model: the project's own rules (model
focus_rule_results) stand in for it.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
MODEL_VARIABLE = "AI_SPEND_FOCUS_MODEL"

_REMOVED = "1.4 removed the column, its rule is marked Deprecated, the validator asks for it anyway"
_NO_CONDITION = (
    "asks the same of every row, invoiced or not; with InvoiceId-C-005-C one of both always fails"
)
_PURCHASE = (
    "the condition lacks its second half, the purchase that covers later charges: a monthly seat "
    "covers none, and its EffectiveCost is what it costs"
)
# Rule -> why it fails on right data; the seed focus_rule_errata has the check that is meant. A
# parent fails with its children and says nothing of its own: a child that is not explained is
# listed by its own id.
EXPLAINED = {
    "1.2": {
        "CapacityReservationStatus-C-004-C": (
            "the condition is misspelled and never applied: a status is asked of every row"
        ),
        "CapacityReservationStatus-C-003-C": (
            "the condition is misspelled and never applied: no row may have a status"
        ),
        "CapacityReservationStatus-C-002-C": "parent of C-003-C and C-004-C",
        "CapacityReservationStatus-C-000-C": "parent of C-002-C",
        "CommitmentDiscountStatus-C-004-C": (
            "the condition is inverted: a status is asked where there is no commitment discount"
        ),
        "CommitmentDiscountStatus-C-002-C": "parent of C-004-C",
        "CommitmentDiscountStatus-C-000-C": "parent of C-002-C",
        "EffectiveCost-C-005-C": _PURCHASE,
        "EffectiveCost-C-000-M": "parent of C-005-C",
        "InvoiceId-C-004-C": _NO_CONDITION,
        "InvoiceId-C-005-C": _NO_CONDITION,
        "InvoiceId-C-003-C": "parent of C-004-C and C-005-C",
        "InvoiceId-C-000-O": "parent of C-003-C",
        "CostAndUsage-D-002-M": "parent of all of these",
        "CostAndUsage-D-000-M": "parent of D-002-M",
    },
    "1.4": {
        "CAU-CostAndUsage-D-021-M": _REMOVED,
        "CAU-CostAndUsage-D-038-M": _REMOVED,
        "CAU-CostAndUsage-D-001-M": "parent of D-021-M and D-038-M",
        "CAU-CostAndUsage-D-000-M": "parent of D-001-M and D-002-M",
        "CAU-PricingCurrencyContractedUnitPrice-C-012-C": (
            "the rule means rows with a SkuPriceId but its condition picks those without one, "
            "where C-004-C and C-011-C forbid a value: every tax row fails one or the other"
        ),
        "CAU-PricingCurrencyContractedUnitPrice-C-003-M": "parent of C-012-C",
        "CAU-PricingCurrencyContractedUnitPrice-C-000-C": "parent of C-003-M",
        "CAU-CostAndUsage-D-002-M": "parent of PricingCurrencyContractedUnitPrice-C-000-C",
    },
}


class ValidationError(Exception):
    """The validator ended without a verdict; the message holds the end of what it said."""


@dataclass(frozen=True)
class ValidationResult:
    """Verdict of the official validator: numbers of rules, and the ids of those that failed.

    skipped counts the rules that need knowledge outside the file; they are not passed. explained
    is the part of failed_rule_ids whose failure lies in the rule, not in the data (see EXPLAINED).
    message says in words what came out, also when the validator could not run (ran is False).
    """

    ran: bool
    message: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failed_rule_ids: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Failed rules that the data has to answer for."""
        return tuple(rule for rule in self.failed_rule_ids if rule not in self.explained)


def validate(
    parquet: Path,
    version: str,
    dataset: str = "CostAndUsage",
    model_dir: Path | None = None,
    criteria: str = "ALL",
) -> ValidationResult:
    """Validates a Parquet file against a dataset of a FOCUS version.

    criteria: applicability criteria the data claims, comma-separated; ALL is the hardest.
    model_dir: folder with `model-<version>.json`, instead of the places named above. Takes about
    ten seconds for some thousand rows. Raises ValidationError when there is no verdict.
    """
    if version == "1.1":
        return ValidationResult(
            False,
            "SKIPPED: there is no official model of FOCUS 1.1; see the model focus_rule_results",
        )
    package = importlib.util.find_spec("focus_validator")
    if package is None:
        return ValidationResult(False, "SKIPPED: the package focus-validator is not installed")
    site_packages = Path(package.origin).parents[1]
    folder = _model_folder(version, model_dir, site_packages)
    if folder is None:
        return ValidationResult(
            False, f"SKIPPED: the official {version} model file is not at hand ({MODEL_VARIABLE})"
        )
    with tempfile.TemporaryDirectory() as beside:
        run = subprocess.run(
            [
                sys.executable,
                *("-m", "focus_validator.main"),
                *("--rule-set-path", folder.resolve()),
                *("--validate-version", version),
                "--block-download",
                *("--data-file", _readable(parquet.resolve(), Path(beside))),
                *("--focus-dataset", dataset),
                *("--applicability-criteria", criteria),
            ],
            # The validator opens its list of currencies relative to the current folder.
            cwd=site_packages,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    return _read_verdict(run.stdout, run.stderr, version)


def _readable(parquet: Path, folder: Path) -> Path:
    """The file, or a copy whose times with nulls among them are text.

    The validator drops a column of type timestamp that holds a null and then misses it.
    """
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(parquet))
        times = [
            name
            for name, type_ in zip(rows.columns, rows.types, strict=True)
            if str(type_) == "TIMESTAMP"
        ]
        nullable = [name for name in times if rows.filter(f'"{name}" is null').limit(1).fetchall()]
        if not nullable:
            return parquet
        spelled = ", ".join(
            f'strftime("{name}", \'%Y-%m-%dT%H:%M:%SZ\') as "{name}"' for name in nullable
        )
        copy = folder / parquet.name
        rows.project(f"* replace ({spelled})").write_parquet(str(copy))
    return copy


def _model_folder(version: str, model_dir: Path | None, site_packages: Path) -> Path | None:
    """First folder that holds the model file of the version, or None."""
    places = [model_dir]
    if model_dir is None:
        named = os.environ.get(MODEL_VARIABLE)
        places = [
            Path(named) if named else None,
            PROJECT.parent / "shared" / "focus",
            site_packages / "focus_validator" / "rules",
        ]
    name = re.compile(rf"model-{re.escape(version)}(\.\d+)*\.json")
    for place in filter(None, places):
        folder = place.parent if place.is_file() else place
        if folder.is_dir() and any(name.fullmatch(file.name) for file in folder.iterdir()):
            return folder
    return None


def _read_verdict(stdout: str, stderr: str, version: str) -> ValidationResult:
    """Reads the report; the exit code says nothing, it is 0 when rules fail."""
    total = re.search(
        r"^Total: \d+ \| Pass: (\d+) \| Fail: (\d+) \| Skipped: (\d+)", stdout, re.MULTILINE
    )
    if total is None:
        raise ValidationError(f"The validator gave no verdict: {(stderr or stdout)[-2000:]}")
    passed, failed, skipped = map(int, total.groups())
    failed_rule_ids = tuple(sorted(re.findall(r"^\S+ (\S+): FAIL\b", stdout, re.MULTILINE)))
    if len(failed_rule_ids) != failed:
        raise ValidationError(f"{failed} rules failed, but {len(failed_rule_ids)} are named")
    explained = tuple(rule for rule in failed_rule_ids if rule in EXPLAINED.get(version, {}))
    message = (
        f"FOCUS {version}: {passed} rules passed, {failed} failed ({len(explained)} explained), "
        f"{skipped} skipped because they need knowledge outside the file"
    )
    return ValidationResult(True, message, passed, failed, skipped, failed_rule_ids, explained)
