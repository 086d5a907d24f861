"""docs/conformance.md: how each FOCUS rule is looked at, what answers those that cannot be seen.

Reckoned from the seeds and contracts alone, without a database: `verdicts` is what the models
focus_rules, focus_rule_results and focus_rule_coverage (models/conformance) make of the same seeds,
and a test holds the two equal.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ai_spend.conformance import EXPLAINED
from ai_spend.spec import TITLES, TOLD_BY

PROJECT = Path(__file__).resolve().parents[1]
PAGE = Path("docs") / "conformance.md"
NEEDS_KNOWLEDGE = "needs knowledge outside the data"
BY_PARTS = "so do all of its parts"
VERDICTS = {
    "checked": (
        "A query looks at the data in every build; a composite is as good as its parts. *In part* "
        "in the answer says that more is asked than data can show."
    ),
    "enforced by contract": (
        "Name, type or spelling of a column, which the dbt contract fixes; a build that breaks it "
        "stops. The built columns are looked at besides."
    ),
    "criterion not applicable": (
        "Asked only where something is supported or used that the project has not; listed below."
    ),
    NEEDS_KNOWLEDGE: (
        "No look at the data settles it; listed below, with what answers it instead. Not passed, "
        "and not counted as passed."
    ),
    "permission": "MAY: nothing can violate it.",
    "unanswered": "A rule of the newest version that nobody has answered yet; the build fails.",
}
# Check function of the model, what it looks for.
CHECKS = {
    "ColumnPresent": "the column is there",
    "TypeString": "the column is VARCHAR",
    "TypeDecimal": "the column is DECIMAL",
    "TypeDateTime": "the column is TIMESTAMP",
    "FormatNumeric": "the column is DECIMAL, which has one spelling",
    "CheckDecimalValue": "the column is DECIMAL, which has one spelling",
    "CheckNotValue": "not null, or not a certain value, where the condition holds",
    "CheckValue": "null, or a certain value, where the condition holds",
    "OR": "one of several values, types or rules",
    "AND": "all of several checks or rules",
    "CheckModelRule": "another rule",
    "FormatString": "text without characters that cannot be printed",
    "FormatDateTime": "whole seconds",
    "FormatUnit": "unit of the FOCUS form, such as 1000000 Tokens",
    "FormatCurrency": "three capital letters",
    "CheckNationalCurrency": "a code of ISO 4217 (seed currency_codes)",
    "FormatKeyValue": "a flat JSON object",
    "FormatJSON": "JSON",
    "CheckJSONSchema": "JSON of the official schema",
    "JSON...": "a value inside a JSON object; in 1.4 the schema says it",
    "CheckColumnComparison": "one column is not before or below another",
    "CheckGreaterOrEqualThanValue": "not below a number",
    "CheckSameValue": "two columns are equal",
    "ColumnByColumnEqualsColumnValue": "unit price x quantity = cost, to the last digit",
    "CheckDistinctCount": "one value per value of another column",
    "CheckNoDuplicates": "no value twice",
    "CheckRegexMatch": "text of a certain form",
    "(dynamic)": "what the sentence of a dynamic rule asks, as far as data show it",
}
# Kind of check -> what it looks at.
KINDS = {
    "schema": "the columns of the dataset",
    "row": "each row",
    "values": "each distinct value once",
    "group": "all rows that share a value",
    "query": "several datasets, or the inside of objects",
    "composite": "nothing: it has the verdict of its parts",
}
# What the official validator (focus-validator 2.2.1, ALL criteria) says of the sample's exports:
# (version, dataset) -> rules passed, failed, skipped. Held by tests/python/test_coverage.py.
VALIDATOR = {
    ("1.2", "CostAndUsage"): (354, 14, 210),
    ("1.4", "CostAndUsage"): (412, 8, 310),
    ("1.4", "BillingPeriod"): (34, 0, 83),
    ("1.4", "InvoiceDetail"): (116, 0, 144),
    ("1.4", "ContractCommitment"): (177, 0, 107),
}


@dataclass(frozen=True)
class Judged:
    """A rule as the model focus_rule_coverage has it: what it asks, the verdict, why."""

    focus_version: str
    dataset: str
    rule_id: str
    column_name: str
    keyword: str
    verdict: str
    reason: str


def _seed(project: Path, name: str) -> list[dict[str, str | None]]:
    """Rows of a FOCUS seed; empty is null, as dbt reads it."""
    with (project / "seeds" / "focus" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def versions(project: Path = PROJECT) -> list[str]:
    """The versions with a rule seed, oldest first. That of 1.1 is the project's own."""
    seeds = (project / "seeds" / "focus").glob("focus_*_rules.csv")
    found = (re.fullmatch(r"focus_(\d+_\d+)_rules", seed.stem) for seed in seeds)
    return sorted((name[1].replace("_", ".") for name in found if name), key=_number)


def _rules(project: Path, version: str) -> list[dict[str, str | None]]:
    return _seed(project, f"focus_{version.replace('.', '_')}_rules")


def built(project: Path = PROJECT) -> dict[tuple[str, str], int]:
    """(version, dataset) -> number of FOCUS columns, as the contracts have it."""
    found = {}
    for path in sorted((project / "models" / "focus").glob("v*/focus_*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            meta = model["config"]["meta"]
            columns = [c for c in model["columns"] if not c["name"].startswith("x_")]
            found[meta["focus_version"], meta["focus_dataset"]] = len(columns)
    return found


# ---- the verdict on every rule


def verdicts(project: Path = PROJECT) -> list[Judged]:
    """The verdict on every rule of every version, in the order of the versions and their seeds."""
    datasets = set(built(project))
    answers = defaultdict(list)
    for answer in _seed(project, "focus_rule_answers"):
        answers[answer["rule_id"]].append(answer)
    errata = {
        (erratum["focus_version"], erratum["rule_id"]): erratum
        for erratum in _seed(project, "focus_rule_errata")
    }
    newest = versions(project)[-1]
    found = []
    for version in versions(project):
        rules = _rules(project, version)
        checks = [
            check
            for rule in rules
            for check in _checks(rule, version, answers, errata.get((version, rule["rule_id"])))
        ]
        results = _results(checks, version, datasets)
        by_rule = defaultdict(list)
        for check in checks:
            by_rule[check["rule_id"]].append(check)
        for rule in rules:
            verdict, reason = _verdict(rule, by_rule[rule["rule_id"]], results, version == newest)
            facts = (rule[name] for name in ("dataset", "rule_id", "column_name", "keyword"))
            found.append(Judged(version, *facts, verdict, reason))
    return found


def _checks(rule: dict, version: str, answers: dict, erratum: dict | None) -> list[dict]:
    """The rows of models/conformance/focus_rules.sql for a rule: one per dataset of its checks."""
    known = [None]
    if rule.get("rule_type") == "Dynamic":
        # Rules of 1.2 have the ids of later versions without the dataset in front.
        ids = [prefix + rule["rule_id"] for prefix in ("", "CAU-", "ATT-")]
        known = [answer for rule_id in ids for answer in answers.get(rule_id, [])] or [None]
    rows = []
    for answer in known:
        row = {
            "rule_id": rule["rule_id"],
            "dataset": rule["dataset"],
            "keyword": rule["keyword"],
            "parts": rule.get("parts"),
            "check_kind": rule["check_kind"],
            "violation": rule["violation"],
            "verdict": answer and answer["verdict"],
            "answer": answer["answer"] if answer else rule.get("note"),
        }
        if answer and answer["check_kind"] and version in answer["focus_versions"].split(" "):
            row["dataset"] = answer["dataset"]
            if not row["check_kind"]:
                row |= {"check_kind": answer["check_kind"], "violation": answer["violation"]}
        if erratum:
            row |= {"check_kind": erratum["check_kind"], "violation": erratum["violation"]}
            row["answer"] = erratum["reason"]
        rows.append(row)
    return rows


def _results(checks: list[dict], version: str, datasets: set) -> set[tuple[str, str]]:
    """(rule, dataset) of the rows that focus_rule_results has: checks, and composites of checks."""
    leaves = [c for c in checks if c["violation"] and (version, c["dataset"]) in datasets]
    keywords = {check["rule_id"]: check["keyword"] for check in leaves}
    composites = [check for check in checks if check["check_kind"] == "composite"]
    parts = {check["rule_id"]: (check["parts"] or "").split() for check in composites}

    def below(rule_id: str) -> set[str]:
        found, ahead = set(), [*parts[rule_id]]
        while ahead:
            part = ahead.pop()
            if part not in found:
                found.add(part)
                ahead += parts.get(part, [])
        return found

    musts = {"MUST", "MUST NOT"}
    seen = [
        check
        for check in composites
        if any(
            part in keywords and (keywords[part] in musts or check["keyword"] not in musts)
            for part in below(check["rule_id"])
        )
    ]
    return {(check["rule_id"], check["dataset"]) for check in [*leaves, *seen]}


def _verdict(rule: dict, checks: list[dict], results: set, is_newest: bool) -> tuple[str, str]:
    """The two case expressions of models/conformance/focus_rule_coverage.sql."""

    def least(name: str) -> str | None:
        return min((check[name] for check in checks if check[name]), default=None)

    answer, answered, kind = least("answer"), least("verdict"), least("check_kind")
    is_seen = any((check["rule_id"], check["dataset"]) in results for check in checks)
    if rule["keyword"] in ("MAY", "OPTIONAL"):
        return "permission", "allows, so that nothing can violate it"
    if is_seen:
        verdict = "enforced by contract" if kind == "schema" else "checked"
        seen = {"composite": "by its parts", "schema": "name and type of the column"}
        return verdict, answer or seen.get(kind, "looked at in the data")
    if is_newest and (answered == "checked" or not (answered or answer or kind)):
        return "unanswered", "the seed focus_rule_answers has no answer for this version"
    if answered == "checked":
        return NEEDS_KNOWLEDGE, "its check reads what this version does not have"
    if answered:
        return answered, answer
    if answer:
        return NEEDS_KNOWLEDGE, answer
    if kind == "composite":
        return NEEDS_KNOWLEDGE, BY_PARTS
    return NEEDS_KNOWLEDGE, "withdrawn by a later version, where what took its place is looked at"


# ---- the page


HEAD = """# Conformance

Written by `ai-spend docs conformance` from the rule seeds and contracts; a test keeps it true, and
another holds its verdicts equal to the table `focus_rule_coverage`. Whether the data keep a rule is
told by each build: `focus_rule_results`. What the datasets hold and why stands in
[focus.md](focus.md).
"""

CHECKS_TEXT = """## The checks

Those of static rules are written by `ai-spend spec refresh` from the check functions of the model
file, into `seeds/focus/focus_<version>_rules.csv`; those of dynamic ones, for which the model has
no check, by hand into `focus_rule_answers.csv`. All checks of the same kind share one scan.
"""

FAILING_TEXT = """## How a rule can fail

In a build: a MUST that is violated stops it (`tests/conformance/focus_must_rules_pass.sql`), a
SHOULD warns; `focus_rule_results` has the number of violating rows and an example. A further test
demands a checked rule for every column and a result for every check.

That each check can fail is proven on rows of its own, around which all rules are kept:

- 1.1: `tests/python/test_focus_rules.py` breaks every rule once; a rule without a case fails.
- 1.2 to 1.4: `tests/python/test_official_rules.py` searches for a row that breaks each static
  check, breaks each dynamic one by hand (`tests/python/focus_rows`), takes columns away and gives
  them wrong types, and shows the same rows to the official validator.
"""

ERRATA_TEXT = """## Errata

Rules whose machine-readable form says something else than their sentence. The project checks what
the sentence means (seed `focus_rule_errata`). That is no waiver: the rule is looked at, and can
fail. Without a check the data cannot decide it.
"""

SKIPPED_TEXT = """Skipped are rules that need knowledge outside the file, as the validator sees it:
above all the dynamic ones, none of which it looks at. Rules that fail on right data are these; any
other failure is the data's fault, and the command and the tests fail.
"""

VALIDATOR_TEXT = """## The official validator

The project's own checks are compared with an independent one, the validator of the FOCUS project:

```sh
make test                                                # installs it, with what tests need
export AI_SPEND_FOCUS_MODEL=/path/to/model-1.4.json
.venv/bin/ai-spend export --spec 1.4 --format parquet --out focus.parquet
.venv/bin/ai-spend validate focus.parquet --spec 1.4
.venv/bin/ai-spend validate invoices.parquet --spec 1.4 --dataset InvoiceDetail
```

The model file of 1.4 is a release asset of the FOCUS specification and no part of this project;
without it the command and the tests say SKIPPED. That of 1.2 comes with the validator. 1.1 and 1.3
have none: 1.1 is held by the project's own rules, 1.3 by the rules that the model of 1.4 marks as
valid in 1.3. All applicability criteria are claimed (`ALL`), the hardest choice. Of the sample it
says:
"""

VALIDATOR_NOTES = """
- That these lie in the rules is proven (`tests/python/test_sample_build.py`): with their conditions
  as the sentences mean them, and with the two columns that 1.4 removed, the same models find no
  failure in the same data, rows of all five charge categories and corrections.
- A parent fails with its parts and adds nothing: a part that is not explained is listed by its id.
- The validator drops a TIMESTAMP column that holds a null and then misses the column. `ai-spend
  validate` hands it a copy in which such times are text; the export stays as it is.
- Two rules of the released 1.4 model (CommitmentDiscountUnit C-005-C and C-006-C) depend on their
  own ancestor, and the validator stops with "Active-edge cycle detected". Let them depend on
  CommitmentDiscountQuantity C-003-C instead of C-000-C, as later releases do.
"""


def page(project: Path = PROJECT) -> str:
    """The text of docs/conformance.md."""
    judged = verdicts(project)
    return "\n".join(
        [
            HEAD,
            *_by_version(project, judged),
            *_by_dataset(judged),
            *_by_check(project, judged),
            FAILING_TEXT,
            *_not_applicable(judged),
            *_needing_knowledge(project, judged),
            *_errata(project),
            *_validator(),
        ]
    )


def write(project: Path = PROJECT) -> Path:
    """Write docs/conformance.md and return its path."""
    target = project / PAGE
    target.write_text(page(project), encoding="utf-8")
    return target


def _table(heads: Iterable[str], rows: Iterable[Iterable]) -> list[str]:
    """A Markdown table, numbers to the right, with an empty line after it."""
    rows = [list(row) for row in rows]
    if not rows:
        return ["None.\n"]
    sides = ["---:" if isinstance(cell, int) else "---" for cell in rows[0]]
    lines = [list(heads), sides, *rows]
    return ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines] + [""]


def _cell(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell).replace("|", "\\|")


def _counted(judged: Iterable[Judged]) -> tuple[list[str], Counter]:
    """The verdicts that occur, and their numbers."""
    counts = Counter(rule.verdict for rule in judged)
    return [verdict for verdict in VERDICTS if counts[verdict]], counts


def _by_version(project: Path, judged: list[Judged]) -> list[str]:
    newest = versions(project)[-1]
    of_newest = [rule for rule in judged if rule.focus_version == newest]
    answered = sum(rule.verdict != "unanswered" for rule in of_newest)
    used, _ = _counted(judged)
    rows = []
    for version in versions(project):
        of_version = [rule for rule in judged if rule.focus_version == version]
        _, counts = _counted(of_version)
        source = {"1.1": "the project's own"}.get(
            version, f"model file of {TOLD_BY.get(version, version)}"
        )
        rows.append([version, source, len(of_version), *(counts[verdict] for verdict in used)])
    return [
        f"## Every rule has a verdict\n\nFOCUS {newest}: {answered:,} of {len(of_newest):,} active "
        "rules have a verdict.\n",
        *_table(["FOCUS", "rules from", "rules", *used], rows),
        *_table(["verdict", "what it means"], ([verdict, VERDICTS[verdict]] for verdict in used)),
        "Nothing is waived: the seed `focus_rule_waivers` "
        + ("is empty.\n" if not _seed(project, "focus_rule_waivers") else "has the exceptions.\n"),
        "What a provider's bill states against a rule, in a column that is taken over as it stands "
        "(seed `focus_stated_columns`), is *violated by the provider*: a result of its own beside "
        "pass and fail in `focus_rule_results`. It stops no export; the table "
        "`provider_statements`, the summary and `focus-conformance.json` name the rule, a file and "
        "a line. What the project makes itself, and money that does not add up, fails.\n",
    ]


def _by_dataset(judged: list[Judged]) -> list[str]:
    used, _ = _counted(judged)
    grouped = defaultdict(list)
    for rule in judged:
        grouped[rule.focus_version, rule.dataset].append(rule)
    rows = []
    for (version, dataset), rules in grouped.items():
        _, counts = _counted(rules)
        rows.append([version, dataset, len(rules), *(counts[verdict] for verdict in used)])
    order = [*TITLES, "Attributes"]
    rows.sort(key=lambda row: (_number(row[0]), order.index(row[1])))
    return [
        "## By dataset\n\nAttributes are rules on formats and deliveries, which hold for every "
        "dataset; a check of one looks at each.\n",
        *_table(["FOCUS", "dataset", "rules", *used], rows),
    ]


def _by_check(project: Path, judged: list[Judged]) -> list[str]:
    """Checks by the model's check function, and those that answer a dynamic rule by their kind."""
    official = [version for version in versions(project) if version != "1.1"]
    counts: dict[tuple[str, str], Counter] = defaultdict(Counter)
    for version in official:
        for rule in _rules(project, version):
            if kind := rule["check_kind"]:
                function = rule["check_function"]
                name = "JSON..." if function.startswith("JSON") else function
                counts[name, kind.partition(":")[0]][version] += 1
    for answer in _seed(project, "focus_rule_answers"):
        if kind := answer["check_kind"]:
            counts["(dynamic)", kind.partition(":")[0]].update(answer["focus_versions"].split(" "))
    order = {name: place for place, name in enumerate(CHECKS)}
    rows = [
        [f"`{name}`", kind, CHECKS.get(name, ""), *(number[version] for version in official)]
        for (name, kind), number in sorted(
            counts.items(), key=lambda item: (order.get(item[0][0], len(order)), *item[0])
        )
    ]
    return [
        CHECKS_TEXT,
        *_table(
            ["kind", "looks at"],
            ([f"`{kind}`", text] for kind, text in KINDS.items() if kind in {k for _, k in counts}),
        ),
        *_dynamic(project, judged),
        *_table(["check", "kind", "looks for", *official], rows),
    ]


def _dynamic(project: Path, judged: list[Judged]) -> list[str]:
    newest = versions(project)[-1]
    ids = {r["rule_id"] for r in _rules(project, newest) if r.get("rule_type") == "Dynamic"}
    dynamic = [r for r in judged if r.focus_version == newest and r.rule_id in ids]
    used, counts = _counted(dynamic)
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in used)
    return [f"FOCUS {newest} has {len(dynamic)} dynamic rules: {words}.\n"]


def _not_applicable(judged: list[Judged]) -> list[str]:
    rows = defaultdict(lambda: defaultdict(list))
    for rule in judged:
        if rule.verdict == "criterion not applicable":
            rows[rule.reason][rule.rule_id].append(rule.focus_version)
    return [
        "## Criterion not applicable\n",
        *_table(
            ["rules", "FOCUS", "why"],
            (
                [
                    ", ".join(rules),
                    ", ".join(sorted({v for found in rules.values() for v in found}, key=_number)),
                    reason,
                ]
                for reason, rules in rows.items()
            ),
        ),
    ]


def _needing_knowledge(project: Path, judged: list[Judged]) -> list[str]:
    """Complete for the newest version; of the others, what that list does not say."""
    newest = versions(project)[-1]
    needing = [rule for rule in judged if rule.verdict == NEEDS_KNOWLEDGE]
    listed = [rule for rule in needing if rule.focus_version == newest]
    lines = [
        f"## Needs knowledge outside the data\n\n### FOCUS {newest}: {len(listed)} rules\n\n"
        "Rules with the same answer share a line. Left out are the dataset in front of an id and "
        "the keyword MUST.\n"
    ]
    for dataset in [*TITLES, "Attributes"]:
        of_dataset = [rule for rule in listed if rule.dataset == dataset]
        if of_dataset:
            lines += [f"#### {dataset}: {len(of_dataset)}\n", *_answers(of_dataset)]
    said = {(_bare(rule.rule_id), rule.reason) for rule in listed}
    for version in reversed(versions(project)[:-1]):
        others = [rule for rule in needing if rule.focus_version == version]
        if not others:
            continue
        own = [rule for rule in others if (_bare(rule.rule_id), rule.reason) not in said]
        lines += [
            f"### FOCUS {version}: {len(others)} rules\n\n{len(others) - len(own)} of them are "
            f"rules of {newest} too and are answered there. The others:\n",
            *_answers(own),
        ]
    unseen = len(_seed(project, "focus_1_1_not_visible"))
    return [
        *lines,
        f"### FOCUS 1.1\n\nThe seed `focus_1_1_not_visible` has the {unseen} requirements that no "
        "look at the dataset settles, each with the reason.\n",
    ]


def _answers(rules: list[Judged]) -> list[str]:
    by_reason = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: _bare(rule.rule_id)):
        by_reason[rule.reason].append(rule)
    composites = by_reason.pop(BY_PARTS, [])
    rows = [[_named(of_reason), reason] for reason, of_reason in by_reason.items()]
    if composites:
        rows.append([_named(composites), "Composites; each of their parts has its own verdict."])
    return _table(["rules", "what answers them"], rows)


def _named(rules: list[Judged]) -> str:
    """Tags C-008-M, C-015-C; ResourceId C-008-O (SHOULD): the keyword where it is not MUST."""
    by_entity = defaultdict(list)
    for rule in rules:
        entity, _, number = _bare(rule.rule_id).partition("-")
        keyword = "" if rule.keyword == "MUST" else f" ({rule.keyword})"
        by_entity[entity].append(number + keyword)
    return "; ".join(f"{entity} {', '.join(found)}" for entity, found in by_entity.items())


def _bare(rule_id: str) -> str:
    """The id without the dataset in front, as 1.2 has it."""
    return re.sub(r"^[A-Z]{3}-", "", rule_id)


def _errata(project: Path) -> list[str]:
    errata = _seed(project, "focus_rule_errata")
    return [
        ERRATA_TEXT,
        *_table(
            ["FOCUS", "rule", "what is wrong", "violated where"],
            (
                [
                    erratum["focus_version"],
                    erratum["rule_id"],
                    erratum["reason"],
                    f"`{erratum['violation']}`" if erratum["violation"] else "nothing",
                ]
                for erratum in sorted(errata, key=lambda row: _number(row["focus_version"]))
            ),
        ),
    ]


def _validator() -> list[str]:
    figures = [[*of, *numbers] for of, numbers in VALIDATOR.items()]
    explained = [
        [version, rule, why]
        for version, rules in EXPLAINED.items()
        for rule, why in rules.items()
        if not why.startswith("parent of")
    ]
    parents = {
        version: [rule for rule, why in rules.items() if why.startswith("parent of")]
        for version, rules in EXPLAINED.items()
    }
    return [
        VALIDATOR_TEXT,
        *_table(["FOCUS", "dataset", "passed", "failed", "skipped"], figures),
        SKIPPED_TEXT,
        *_table(["FOCUS", "failing rule", "why right data fail it"], explained),
        *(f"Their parents in {version}: {', '.join(ids)}.\n" for version, ids in parents.items()),
        VALIDATOR_NOTES.strip() + "\n",
    ]
