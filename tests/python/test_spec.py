"""`ai-spend spec refresh`: contracts and rule seeds out of an official model file."""

import json
import os
import re
from pathlib import Path

import duckdb
import focus_validator
import pytest
import yaml
from click.testing import CliRunner

from ai_spend import cli, spec
from ai_spend.conformance import MODEL_VARIABLE

ROOT = Path(__file__).parents[2]


def model_file(version: str) -> Path:
    """The official model; that of 1.4 is not part of the project, without it the test skips."""
    named = os.environ.get(MODEL_VARIABLE)
    folder = (
        Path(focus_validator.__file__).parent / "rules"
        if version == "1.2"
        else Path(named)
        if named
        else ROOT.parent / "shared" / "focus"
    )
    folder = folder.parent if folder.is_file() else folder
    found = sorted(folder.glob(f"model-{version}*.json"))
    if not found:
        pytest.skip(f"SKIPPED: the official {version} model file is not at hand")
    return found[0]


@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_what_is_committed_is_what_the_model_file_gives(version):
    model = spec.read_model(model_file(version))
    for path, text in spec.files(model).items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, path
    assert spec.undescribed(model) == []


@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_no_sentence_of_the_model_is_kept(version):
    """No six words in a row of any rule's sentence, note or schema description."""
    model = spec.read_model(model_file(version))
    written = " ".join(spec.files(model).values())
    words = set(re.findall(r"[\w']+(?: [\w']+){5}", re.sub(r"[^\w' ]+", " ", written)))
    sentences = [rule["ValidationCriteria"]["MustSatisfy"] for rule in model["ModelRules"].values()]
    sentences += re.findall(r'"(?:description|title)": "([^"]+)"', json.dumps(model))
    for sentence in sentences:
        parts = re.sub(r"[^\w' ]+", " ", sentence).split()
        for start in range(len(parts) - 5):
            assert " ".join(parts[start : start + 6]) not in words, sentence


def test_1_4_has_1301_active_rules_and_the_columns_of_the_specification():
    model = spec.read_model(model_file("1.4"))
    active = [r for r in model["ModelRules"].values() if r["Status"] == "Active"]
    assert len(spec.rules(model, "1.4")) == len(active) == 1301
    counts = {name: len(spec.columns(model, "1.4", name)) for name in spec.TITLES}
    assert counts == {
        "CostAndUsage": 65,
        "BillingPeriod": 6,
        "InvoiceDetail": 22,
        "ContractCommitment": 30,
    }
    older = {c.name for c in spec.columns(model, "1.3", "CostAndUsage")}
    newer = {c.name for c in spec.columns(model, "1.4", "CostAndUsage")}
    assert older - newer == {"ProviderName", "PublisherName"}
    assert newer - older == {"CommitmentProgramEligibilityDetails", "InvoiceDetailId"}


def rule(requirement: dict, condition: dict | None = None, **facts) -> dict:
    """A rule in the form of a model file, with one sentence of our own."""
    return {
        "Reference": "BilledCost",
        "EntityType": "Column",
        "EntityId": "BilledCost",
        "ModelVersionIntroduced": "1.9",
        "Status": "Active",
        "ApplicabilityCriteria": [],
        "Type": "Static",
        "ValidationCriteria": {
            "MustSatisfy": "It holds.",
            "Keyword": "MUST",
            "Requirement": requirement,
            "Condition": condition or {},
        },
        **facts,
    }


def model_of(**rules: dict) -> dict:
    return {
        "Details": {"FOCUSVersion": "1.9"},
        "ModelRules": {f"CAU-{name}": content for name, content in rules.items()},
    }


def holds(violation: str, **row) -> bool | None:
    """Whether the violation is true of a row; a column that is compared with a number is one."""
    columns = ", ".join(
        f"cast(? as {'int' if re.search(rf'"{name}" [<>] -?[0-9]', violation) else 'varchar'})"
        f' as "{name}"'
        for name in row
    )
    return duckdb.execute(
        f"select {violation} from (select {columns})", list(row.values())
    ).fetchone()[0]


@pytest.mark.parametrize(
    ("check", "kept", "broken"),
    [
        ({"CheckFunction": "CheckValue", "ColumnName": "A", "Value": None}, [None], ["x"]),
        ({"CheckFunction": "CheckValue", "ColumnName": "A", "Value": "x"}, ["x", None], ["y"]),
        ({"CheckFunction": "CheckNotValue", "ColumnName": "A", "Value": None}, ["x"], [None]),
        ({"CheckFunction": "CheckNotValue", "ColumnName": "A", "Value": "x"}, ["y", None], ["x"]),
        (
            {"CheckFunction": "CheckGreaterOrEqualThanValue", "ColumnName": "A", "Value": 0},
            [0, 1, None],
            [-1],
        ),
        (
            {"CheckFunction": "CheckLessOrEqualThanValue", "ColumnName": "A", "Value": 1},
            [1, 0, None],
            [2],
        ),
        (
            {
                "CheckFunction": "OR",
                "Items": [
                    {"CheckFunction": "CheckValue", "ColumnName": "A", "Value": "it's"},
                    {"CheckFunction": "CheckValue", "ColumnName": "A", "Value": "so"},
                ],
            },
            ["it's", "so", None],
            ["its"],
        ),
        (
            {"CheckFunction": "CheckRegexMatch", "ColumnName": "A", "Pattern": "^[0-9]+ Days$"},
            ["3 Days", None],
            ["Days"],
        ),
        (
            {"CheckFunction": "FormatUnit", "ColumnName": "A"},
            ["GB", "1000000 Tokens", "GB-Hours", "GB/Hour", "Units/3 Months", None],
            ["$", "GB--Hours", "Tokens / 1M"],
        ),
        ({"CheckFunction": "FormatCurrency", "ColumnName": "A"}, ["USD", None], ["usd", "US"]),
        (
            {"CheckFunction": "FormatKeyValue", "ColumnName": "A"},
            ['{"a": 1}', "{}", None],
            ["", "[1]", '{"a": {"b": 1}}', "no json"],
        ),
        ({"CheckFunction": "FormatJSON", "ColumnName": "A"}, ["{}", None], ["{"]),
        (
            {"CheckFunction": "FormatString", "ColumnName": "A"},
            ["Zürich 東京", "a b", None],
            ["a\tb", "bell \a"],
        ),
    ],
    ids=lambda value: value["CheckFunction"] if isinstance(value, dict) else None,
)
def test_each_check_becomes_sql_that_finds_what_breaks_it(check, kept, broken):
    (found,) = spec.rules(model_of(**{"A-C-001-M": rule(check)}), "1.9")
    assert [value for value in kept if holds(found.violation, A=value)] == []
    assert [value for value in broken if not holds(found.violation, A=value)] == []


def test_a_condition_of_a_rule_holds_for_its_parts():
    """When A is given, the rules on B hold: the part itself has no condition."""
    parts = {"CheckFunction": "CheckModelRule", "ModelRuleId": "CAU-B-C-001-M"}
    whole = rule(
        {"CheckFunction": "AND", "Items": [parts]},
        {"CheckFunction": "CheckNotValue", "ColumnName": "A", "Value": None},
    )
    part = rule({"CheckFunction": "CheckNotValue", "ColumnName": "B", "Value": None})
    composite, leaf = spec.rules(model_of(**{"B-C-000-C": whole, "B-C-001-M": part}), "1.9")
    assert (composite.check_kind, composite.parts) == ("composite", "CAU-B-C-001-M")
    assert holds(leaf.violation, A="x", B=None) is True
    assert holds(leaf.violation, A=None, B=None) is False


def test_null_is_other_than_a_value():
    """ "Is not a correction" is true of a charge without ChargeClass."""
    check = rule(
        {"CheckFunction": "CheckNotValue", "ColumnName": "B", "Value": None},
        {"CheckFunction": "CheckNotValue", "ColumnName": "ChargeClass", "Value": "Correction"},
    )
    (found,) = spec.rules(model_of(**{"B-C-001-M": check}), "1.9")
    assert holds(found.violation, ChargeClass=None, B=None) is True
    assert holds(found.violation, ChargeClass="Correction", B=None) is False


def test_what_is_allowed_or_dynamic_has_no_check():
    may = rule({"CheckFunction": "CheckValue", "ColumnName": "A", "Value": None})
    may["ValidationCriteria"]["Keyword"] = "MAY"
    found = spec.rules(model_of(a=may, b=rule({}, Type="Dynamic")), "1.9")
    assert [(r.check_kind, r.violation) for r in found] == [("", ""), ("", "")]


def test_a_rule_holds_from_its_introduction_to_its_removal():
    check = {"CheckFunction": "CheckValue", "ColumnName": "A", "Value": None}
    model = model_of(
        old=rule(check, ModelVersionIntroduced="1.2", ModelVersionRemoved="1.9", Status="Removed"),
        new=rule(check, ModelVersionIntroduced="1.9"),
    )
    assert [r.rule_id for r in spec.rules(model, "1.8")] == ["CAU-old"]
    assert [r.rule_id for r in spec.rules(model, "1.9")] == ["CAU-new"]
    # 1.8 is not written from it: only 1.3 has no model file of its own.
    assert spec.versions(model) == ["1.9"]
    assert spec.versions({"Details": {"FOCUSVersion": "1.4"}}) == ["1.3", "1.4"]


def test_an_unknown_check_is_named():
    model = model_of(a=rule({"CheckFunction": "CheckMoonPhase", "ColumnName": "A"}))
    with pytest.raises(spec.SpecError, match=r"CAU-a: no SQL for 'CheckMoonPhase'"):
        spec.rules(model, "1.9")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"Details": {}}'])
def test_what_is_no_model_file_is_refused(tmp_path, content):
    path = tmp_path / "model-1.9.json"
    path.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(cli.main, ["spec", "refresh", "--model", str(path)])
    assert result.exit_code == 1
    assert f"{path} is no FOCUS model file" in result.output


def test_the_contract_lists_the_columns_with_level_and_nullability():
    present = {"CheckFunction": "ColumnPresent", "ColumnName": "BilledCost"}
    model = model_of(
        **{
            "CostAndUsage-D-001-M": rule(present, EntityType="Dataset", EntityId="CostAndUsage"),
            "BilledCost-C-001-M": rule(
                {"CheckFunction": "TypeDecimal", "ColumnName": "BilledCost"}
            ),
            "BilledCost-C-002-M": rule(
                {"CheckFunction": "CheckNotValue", "ColumnName": "BilledCost", "Value": None}
            ),
        }
    )
    model["ModelRules"]["CAU-BilledCost-C-002-M"]["ValidationCriteria"]["Keyword"] = "MUST NOT"
    custom = "      - name: x_Own\n        data_type: varchar\n"
    (contract,) = yaml.safe_load(spec.contract_yaml(model, "1.9", custom))["models"]
    assert contract["name"] == "focus_1_9__cost_and_usage"
    assert contract["columns"][0] == {
        "name": "BilledCost",
        "data_type": "decimal(38,18)",
        "description": "{{ doc('focus__billed_cost') }}",
        "config": {"meta": {"feature_level": "Mandatory", "nullable": False}},
    }
    assert contract["columns"][1]["name"] == "x_Own"
