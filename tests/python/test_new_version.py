"""docs/adding-a-focus-version.md, tried: FOCUS 1.5 in a copy of the project, on the sample's data.

The version is of our own making: the columns of 1.4 as our contract has them, and the four that the
working draft of 1.5 adds to Cost and Usage, as docs/adding-a-focus-version.md names them. The model
file is made here, in the form of the official ones; none of its rules is copied.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import count

import pytest
import yaml
from conftest import PROJECT, SAMPLE, Built, dbt

from ai_spend import coverage

PAGE = PROJECT / "docs" / "adding-a-focus-version.md"
PREFIXES = {
    "CostAndUsage": "CAU",
    "BillingPeriod": "BIP",
    "InvoiceDetail": "IND",
    "ContractCommitment": "CCT",
}
NEW = ["AllocatedServiceName", "CredentialId", "PrincipalId", "RequesterDetails"]

# What is written by hand for the version: file -> (line it stands behind, None: at the end; lines).
SQL = "models/focus/v1_5/focus_1_5__{}.sql"
BY_HAND = {
    "models/focus/_focus_columns.md": (
        None,
        """
{% docs focus__allocated_service_name %}
Service that a split part was given to. Null on a charge that was not split.
{% enddocs %}

{% docs focus__credential_id %}
Identifier of the credential that the request was made with, never the credential itself.
{% enddocs %}

{% docs focus__principal_id %}
Identifier of who made the request; a pseudonym. Null when nobody is known.
{% enddocs %}

{% docs focus__requester_details %}
JSON list that describes principal and credential. Null when neither is known.
{% enddocs %}
""",
    ),
    "macros/focus/focus_datasets.sql": (
        "        '1.4': [",
        "        '1.5': "
        "['CostAndUsage', 'BillingPeriod', 'InvoiceDetail', 'ContractCommitment'],\n",
    ),
    "seeds/focus/_focus_seeds.yml": (
        None,
        """
  - name: focus_1_5_rules
    description: >
      The rules of FOCUS 1.5 under their official ids, one row per rule that holds in the version.
      Written by `ai-spend spec refresh` from the model file that FOCUS 1.5 is released with.
    config: *official_types
    columns: *official_columns
""",
    ),
    "seeds/focus/focus_rule_answers.csv": (
        None,
        'CAU-PrincipalId-C-003-C,CostAndUsage,1.5,checked,row,"""x_User"" is not null and '
        '""PrincipalId"" is null",A person that is known is the principal.\n'
        "CAU-CredentialId-C-003-M,,,needs knowledge outside the data,,,No source tells of it.\n",
    ),
    "ai_spend/metadata.py": ("JSON_COLUMNS = {", '    "RequesterDetails",\n'),
    SQL.format("cost_and_usage"): (
        None,
        """{{ project_focus('charge', {
    'AllocatedServiceName': 'if(allocated_method_id is not null, service_name, null)',
    'CredentialId': 'null',
    'PricingCurrency': currency_code('pricing_currency'),
    'PrincipalId': 'x_user',
    'RequesterDetails':
        "if(x_user is not null, to_json([{'key': 'Principal', 'value': {'Type': 'User'}}]), null)",
}) }}
""",
    ),
    SQL.format("billing_period"): (None, "{{ project_focus('billing_periods') }}\n"),
    SQL.format("invoice_detail"): (None, "{{ project_focus('invoice_lines') }}\n"),
    SQL.format("contract_commitment"): (None, "{{ project_focus('contract_commitments') }}\n"),
}


# ---- the model file


def rule(function: str, dataset: str, entity: str, check: dict, keyword: str, **facts) -> dict:
    """A rule in the form of the official model files, as far as they hold facts."""
    return {
        "Function": function,
        "Reference": entity,
        "EntityType": facts.get("kind", "Column"),
        "EntityId": entity,
        "ModelVersionIntroduced": facts.get("introduced", "1.4"),
        "ModelVersionRemoved": facts.get("removed"),
        "Status": facts.get("status", "Active"),
        "ApplicabilityCriteria": facts.get("criteria", []),
        "Type": "Static" if check else "Dynamic",
        "DatasetId": dataset,
        "ValidationCriteria": {
            "MustSatisfy": None,
            "Keyword": keyword,
            "Requirement": check,
            "Condition": facts.get("condition", {}),
            "Dependencies": [],
        },
    }


def of_all(rule_ids: list[str]) -> dict:
    items = [{"CheckFunction": "CheckModelRule", "ModelRuleId": rule_id} for rule_id in rule_ids]
    return {"CheckFunction": "AND", "Items": items}


def null(column: str, function: str = "CheckValue") -> dict:
    return {"CheckFunction": function, "ColumnName": column, "Value": None}


def model_file() -> dict:
    """FOCUS 1.5: presence, type and nullability of the columns of 1.4, and rules of four more."""
    types = {"varchar": "TypeString", "timestamp": "TypeDateTime"}
    rules = {}
    text = (PROJECT / "models/focus/v1_4/focus_1_4.yml").read_text(encoding="utf-8")
    for contract in yaml.safe_load(text)["models"]:
        dataset = contract["config"]["meta"]["focus_dataset"]
        prefix, number = PREFIXES[dataset], count(1)
        columns = {
            column["name"]: (
                types.get(column["data_type"], "TypeDecimal"),
                column["config"]["meta"],
            )
            for column in contract["columns"]
            if not column["name"].startswith("x_")
        }
        if dataset == "CostAndUsage":
            meta = {"feature_level": "Conditional", "nullable": True}
            columns |= {name: ("TypeString", meta) for name in NEW}
            columns["RequesterDetails"] = ("TypeJSON", meta)
        for name, (type_, meta) in columns.items():
            level = meta["feature_level"]
            keyword = {"Recommended": "SHOULD", "Optional": "MAY"}.get(level, "MUST")
            is_new = {"introduced": "1.5"} if name in NEW else {}
            present = {"CheckFunction": "ColumnPresent", "ColumnName": name}
            criteria = [f"{name.upper()}_SUPPORTED"] if level == "Conditional" else []
            rules[f"{prefix}-{dataset}-D-{next(number):03}-M"] = rule(
                "Presence",
                dataset,
                name,
                present,
                keyword,
                criteria=criteria,
                kind="Dataset",
                **is_new,
            )
            check = {"CheckFunction": type_, "ColumnName": name}
            parts = {"C-001-M": rule("Type", dataset, name, check, "MUST", **is_new)}
            if not meta["nullable"]:
                check = null(name, "CheckNotValue")
                parts["C-002-M"] = rule("Nullability", dataset, name, check, "MUST NOT")
            parts |= new_rules().get(name, {}) if dataset == "CostAndUsage" else {}
            parts = {f"{prefix}-{name}-{ending}": part for ending, part in parts.items()}
            rules |= parts
            rules[f"{prefix}-{name}-C-000-M"] = rule(
                "Composite", dataset, name, of_all(list(parts)), "MUST", **is_new
            )
    # Rules that 1.5 ended, both ways, and a dynamic one of 1.4 that has an answer.
    gone = null("BilledCost", "CheckNotValue")
    rules["CAU-BilledCost-C-003-M"] = rule(
        "Nullability",
        "CostAndUsage",
        "BilledCost",
        gone,
        "MUST NOT",
        status="Removed",
        removed="1.5",
    )
    rules["CAU-BilledCost-C-099-M"] = rule(
        "Nullability", "CostAndUsage", "BilledCost", gone, "MUST NOT", status="Deprecated"
    )
    rules["CAU-BillingCurrency-C-005-M"] = rule(
        "Validation", "CostAndUsage", "BillingCurrency", {}, "MUST"
    )
    return {
        "Details": {"FOCUSVersion": "1.5", "ModelVersion": "1.5"},
        "ModelDatasets": {name: {} for name in [*PREFIXES, "PriceList"]},
        "ModelRules": rules,
    }


def new_rules() -> dict[str, dict[str, dict]]:
    """Column -> end of the id -> rule, for the columns of the draft."""
    of, new = "CostAndUsage", {"introduced": "1.5"}
    service, details = "AllocatedServiceName", "RequesterDetails"
    without, with_ = null("AllocatedMethodId"), null("AllocatedMethodId", "CheckNotValue")
    known = null("PrincipalId", "CheckNotValue")
    return {
        service: {
            "C-003-C": rule(
                "Nullability", of, service, null(service), "MUST", condition=without, **new
            ),
            "C-004-C": rule(
                "Nullability",
                of,
                service,
                null(service, "CheckNotValue"),
                "MUST NOT",
                condition=with_,
                **new,
            ),
        },
        "PrincipalId": {"C-003-C": rule("Nullability", of, "PrincipalId", {}, "MUST NOT", **new)},
        "CredentialId": {"C-003-M": rule("Validation", of, "CredentialId", {}, "MUST", **new)},
        details: {
            "C-002-M": rule(
                "Format",
                of,
                details,
                {"CheckFunction": "FormatJSON", "ColumnName": details},
                "MUST",
            ),
            "C-003-C": rule(
                "Nullability",
                of,
                details,
                null(details, "CheckNotValue"),
                "MUST NOT",
                condition=known,
                **new,
            ),
        },
    }


# ---- the steps of the page


class Copy:
    """A copy of the project with its database, to which the version is added."""

    def __init__(self, sample: Built, folder):
        self.folder = folder / "project"
        shutil.copytree(sample.folder, self.folder)
        shutil.copy2(PROJECT / "pyproject.toml", self.folder)
        (self.folder / "docs").mkdir()
        self.model = folder / "model-1.5.json"
        self.model.write_text(json.dumps(model_file()), encoding="utf-8")
        self.before = self.files()

    def files(self) -> dict[str, str]:
        """The project's own files; not what dbt and Python make of them."""
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="utf-8")
            for part in ("models", "macros", "seeds", "ai_spend")
            for path in (self.folder / part).rglob("*.*")
            if path.suffix in (".sql", ".yml", ".md", ".csv", ".py")
        }

    def ai_spend(self, *arguments: str) -> subprocess.CompletedProcess:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AI_SPEND_", "DBT_"))}
        return subprocess.run(
            [sys.executable, "-m", "ai_spend", *arguments],
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def refresh(self) -> subprocess.CompletedProcess:
        return self.ai_spend("spec", "refresh", "--model", str(self.model))

    def write_by_hand(self, names) -> None:
        for name in names:
            behind, lines = BY_HAND[name]
            path = self.folder / name
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            if behind is None:
                text += lines
            else:
                line = next(line for line in text.splitlines(True) if line.startswith(behind))
                text = text.replace(line, line + lines)
            path.write_text(text, encoding="utf-8")

    def extend_answers(self) -> None:
        """The checks of 1.4 hold in 1.5, too: step 4."""
        path = self.folder / "seeds/focus/focus_rule_answers.csv"
        path.write_text(
            re.sub(r"^([^,]*,[^,]*,[^,]*1\.4),", r"\1 1.5,", path.read_text("utf-8"), flags=re.M),
            encoding="utf-8",
        )

    def changed(self) -> set[str]:
        after = self.files()
        return {name for name in after if after[name] != self.before.get(name)}

    def build(self) -> Built:
        return dbt(
            self.folder,
            SAMPLE,
            *("build", "--log-level", "warn", "--select"),
            *("focus_1_5_rules", "focus_rule_answers", "path:models/focus/v1_5", "focus_rules+"),
        )


@pytest.fixture(scope="module")
def copy(sample_build, tmp_path_factory) -> Copy:
    return Copy(sample_build, tmp_path_factory.mktemp("focus_1_5"))


def test_a_version_is_a_model_file_a_command_and_a_few_lines(copy, sample_build):
    generated = {"models/focus/v1_5/focus_1_5.yml", "seeds/focus/focus_1_5_rules.csv"}
    columns = "models/focus/_focus_columns.md"

    # 1, 2: the command writes contract and rules, touches no other version, asks for texts.
    first = copy.refresh()
    assert first.returncode == 1
    assert first.stderr.strip().endswith("_focus_columns.md: " + ", ".join(NEW)), first.stderr
    assert "Left out: dataset PriceList" in first.stdout
    assert copy.changed() == generated
    copy.write_by_hand([columns])
    second = copy.refresh()
    assert second.returncode == 0, second.stderr
    assert copy.changed() == {*generated, columns}

    # 3, 4: until they are answered, dynamic rules are unanswered, and the build would fail.
    copy.write_by_hand(
        name for name in BY_HAND if name not in (columns, "seeds/focus/focus_rule_answers.csv")
    )
    dynamic = {"CAU-BillingCurrency-C-005-M", "CAU-CredentialId-C-003-M", "CAU-PrincipalId-C-003-C"}
    assert unanswered(copy) == dynamic
    copy.write_by_hand(["seeds/focus/focus_rule_answers.csv"])
    assert unanswered(copy) == {"CAU-BillingCurrency-C-005-M"}
    copy.extend_answers()
    assert unanswered(copy) == set()

    # 5: the build of the four datasets and of all rule results.
    built = copy.build()
    assert built.returncode == 0, built.output
    for dataset, source in {
        "cost_and_usage": "charge",
        "billing_period": "billing_periods",
        "invoice_detail": "invoice_lines",
        "contract_commitment": "contract_commitments",
    }.items():
        rows = built.value(f"select count(*) from focus_1_5__{dataset}")
        assert rows == built.value(f"select count(*) from {source}") > 0
        older = [name for name, *_ in built.rows(f"describe focus_1_4__{dataset}")]
        added = set(NEW) if dataset == "cost_and_usage" else set()
        own = [name for name in older if name.startswith("x_")]
        found = [name for name, *_ in built.rows(f"describe focus_1_5__{dataset}")]
        assert found == [*sorted({*older, *added} - {*own}), *own]
    totals = "select {}, sum({}), sum({}), sum({}), sum({}) from {} group by 1 order by 1"
    costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    quoted = [f'"{name}"' for name in ("BillingCurrency", *costs)]
    snake = ("billing_currency", "billed_cost", "effective_cost", "list_cost", "contracted_cost")
    assert built.rows(totals.format(*quoted, "focus_1_5__cost_and_usage")) == sample_build.rows(
        totals.format(*snake, "charge")
    )
    principals = 'select count("PrincipalId"), count("RequesterDetails") from {}'
    people = built.value("select count(x_user) from charge")
    assert built.rows(principals.format("focus_1_5__cost_and_usage")) == [(people, people)]

    # Its rules are looked at and kept, and what is said of the other versions is as before.
    verdicts = dict(
        built.rows(
            "select verdict, count(*) from focus_rule_results"
            " where focus_version = '1.5' group by 1"
        )
    )
    assert verdicts.keys() == {"pass"}
    assert verdicts["pass"] > 400
    judged = "select * from focus_rule_coverage where focus_version {} order by all"
    assert built.rows(judged.format("!= '1.5'")) == sample_build.rows(judged.format("!= '1.5'"))
    of_1_5 = {row[2]: row[5] for row in built.rows(judged.format("= '1.5'"))}
    assert of_1_5["CAU-PrincipalId-C-003-C"] == "checked"
    assert of_1_5["CAU-BillingCurrency-C-005-M"] == "checked"
    assert of_1_5["CAU-CredentialId-C-003-M"] == "needs knowledge outside the data"
    assert of_1_5["CAU-AllocatedServiceName-C-004-C"] == "checked"
    assert of_1_5["CAU-RequesterDetails-C-001-M"] == "enforced by contract"
    assert "CAU-BilledCost-C-003-M" not in of_1_5
    assert "CAU-BilledCost-C-099-M" not in of_1_5

    # 6: export, metadata and page know it without another word.
    out = copy.folder / "focus.csv"
    exported = copy.ai_spend("export", "--spec", "1.5", "--format", "csv", "--out", str(out))
    assert exported.returncode == 0, exported.stderr
    metadata = json.loads(out.with_name("focus.csv.metadata.json").read_text(encoding="utf-8"))
    types = {c["ColumnName"]: c["DataType"] for c in metadata["Schema"][0]["ColumnDefinition"]}
    assert (types["PrincipalId"], types["RequesterDetails"]) == ("STRING", "JSON")
    assert unanswered(copy) == set()
    page = (copy.folder / coverage.PAGE).read_text(encoding="utf-8")
    assert f"FOCUS 1.5: {len(of_1_5)} of {len(of_1_5)} active rules" in page


def unanswered(copy: Copy) -> set[str]:
    said = copy.ai_spend("docs", "conformance").stdout.partition("Unanswered in ")[2]
    return set(said.split()[1:])


def test_the_page_shows_what_was_written_and_says_how_much_it_is():
    page = PAGE.read_text(encoding="utf-8")
    lines = [line for _, text in BY_HAND.values() for line in text.splitlines() if line]
    assert [line for line in lines if line.strip() not in page] == []
    assert f"{len(lines)} lines by hand" in page, len(lines)
