"""Turns an official FOCUS model file into this project's contract files and rule seeds.

A model file is the compiled requirements model that the FOCUS specification publishes with a
release (`model-1.4.json`; that of 1.2 lies in the package focus-validator). Of each rule the
project keeps facts only: identifier, column, check, arguments, condition, keyword, criteria and
parts; none of its sentences. What is written is committed, the model file is not.

One model file tells of its own version and, by the versions in which a rule was introduced and
removed, of an earlier one that has no model file (1.3). docs/adding-a-focus-version.md says what
else a new version takes.

    models/focus/v1_4/focus_1_4.yml   a contract for each dataset of the version
    seeds/focus/focus_1_4_rules.csv   a row for each rule, with the SQL that finds its violations

A rule's SQL is true where the rule is violated; null counts as kept. Where the official validator
and the sentence of a rule part ways, the sentence holds: a condition "is not X" is met by null.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# Version without a model file of its own -> the version whose model file tells of it.
TOLD_BY = {"1.3": "1.4"}
# The datasets of a version that the project projects, in the order of its contract file.
TITLES = {
    "CostAndUsage": ("Cost and Usage", "one row per charge and meter"),
    "BillingPeriod": ("Billing Period", "one row per invoice issuer and billing period"),
    "InvoiceDetail": ("Invoice Detail", "one row per invoice and line of it"),
    "ContractCommitment": ("Contract Commitment", "one row per commitment of a contract"),
}
# Money has eighteen digits; what is multiplied with it has its own scale, so that unit price x
# quantity is exact (macros/engine/types.sql).
DECIMAL_TYPES = {
    r"UnitPrice$": "decimal(18,8)",
    r"^ConsumedQuantity$": "decimal(34,10)",
    r"Quantity$": "decimal(28,10)",
    r"Percentage$": "decimal(9,8)",
    r"": "decimal(38,18)",
}
_TIMES = ("Year", "Month", "Day", "Hour", "Minute", "Second")
_TIME, _TIME_PLURAL = "|".join(_TIMES), "|".join(f"{time}s" for time in _TIMES)
# The attribute UnitFormat: [count] unit [-time units] [/time unit]
UNIT_PATTERN = (
    "([1-9][0-9]* )?[A-Za-z][A-Za-z0-9]*( [A-Za-z][A-Za-z0-9]*)*"
    f"(-({_TIME_PLURAL}))?(/(({_TIME})|[1-9][0-9]* ({_TIME_PLURAL})))?"
)


class SpecError(Exception):
    """The model file holds something this module cannot read; the message names the rule."""


@dataclass(frozen=True)
class Rule:
    """A rule of a FOCUS version as the seed holds it; texts, empty where there is none.

    arguments, condition: JSON of the model. criteria, parts: words, space-separated; parts are the
    rules that a composite consists of. check_kind: composite, schema, row, `values:<columns>`,
    `group:<columns>`, query, or empty where nothing in the data decides. violation: SQL, for all
    kinds but composite.
    """

    focus_version: str
    dataset: str
    rule_id: str
    column_name: str
    rule_type: str
    keyword: str
    criteria: str
    check_function: str
    arguments: str
    condition: str
    parts: str
    check_kind: str
    violation: str


def read_model(path: Path) -> dict:
    """The model file as a dictionary. Raises SpecError when it is none."""
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        model["Details"]["FOCUSVersion"], model["ModelRules"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(f"{path} is no FOCUS model file: {error!r}") from error
    return model


def versions(model: dict) -> list[str]:
    """The versions the model tells of: its own, and one before it that has no model file."""
    own = model["Details"]["FOCUSVersion"]
    return [*(version for version, by in TOLD_BY.items() if by == own), own]


def rules(model: dict, version: str) -> list[Rule]:
    """All rules that hold in the version, in the order of the model."""
    datasets = {*_datasets(version), "Attributes"}
    own = model["Details"]["FOCUSVersion"]
    standing = {
        rule_id: rule
        for rule_id, rule in model["ModelRules"].items()
        if _stands(rule, version, own) and _dataset(rule) in datasets
    }
    conditions = _conditions(standing)
    schemas = _schemas(model)
    return [
        _rule(rule_id, rule, version, standing, conditions[rule_id], schemas)
        for rule_id, rule in standing.items()
    ]


def _schemas(model: dict) -> dict[str, str]:
    """Column -> JSON schema of its objects, without the sentences in it."""
    requirements = (
        rule["ValidationCriteria"]["Requirement"] for rule in model["ModelRules"].values()
    )
    return {
        requirement["ColumnName"]: json.dumps(
            _bare(model["Schemas"][requirement["SchemaId"]]["Schema"]), separators=(",", ":")
        )
        for requirement in requirements
        if requirement.get("CheckFunction") == "CheckJSONSchema"
    }


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _stands(rule: dict, version: str, own: str) -> bool:
    """Whether the rule holds in the version; the model's own version ends the deprecated ones."""
    removed = rule.get("ModelVersionRemoved")
    introduced = rule.get("ModelVersionIntroduced") or version
    if rule["Status"] == "Deprecated" and version == own:
        return False
    return _number(introduced) <= _number(version) and (
        removed is None or _number(removed) > _number(version)
    )


def _items(requirement: dict) -> list[str]:
    """Identifiers of the rules that a requirement refers to."""
    if requirement.get("CheckFunction") == "CheckModelRule":
        return [requirement["ModelRuleId"]]
    return [part for item in requirement.get("Items", []) for part in _items(item)]


def _conditions(standing: dict) -> dict[str, list[dict]]:
    """Rule -> conditions under which it holds: its own and those of the rules it is part of."""
    parents: dict[str, list[str]] = {rule_id: [] for rule_id in standing}
    for rule_id, rule in standing.items():
        for part in _items(rule["ValidationCriteria"]["Requirement"]):
            if part in parents:
                parents[part].append(rule_id)

    def collect(rule_id: str) -> list[dict]:
        found = [_readable(standing[rule_id]["ValidationCriteria"]["Condition"])]
        # A rule with two parents, one of them unconditional, holds without that condition.
        above = [collect(parent) for parent in parents[rule_id]]
        found += [condition for condition in (above[0] if above else []) if condition]
        common = [c for c in found[1:] if all(c in conditions for conditions in above)]
        unique = []
        for condition in [found[0], *common]:
            if condition and condition not in unique:
                unique.append(condition)
        return unique

    return {rule_id: collect(rule_id) for rule_id in standing}


def _readable(condition: dict) -> dict:
    """The condition as it is meant where the model of 1.2 misspells it."""
    if "CheckCondition" in condition:
        return {**condition, "ColumnName": condition["CheckCondition"]}
    for function in ("AND", "OR"):
        if function in condition:
            items = condition[function]
            items = items if isinstance(items, list) else [items]
            return {"CheckFunction": function, "Items": items}
    return condition


def _rule(
    rule_id: str,
    rule: dict,
    version: str,
    standing: dict,
    conditions: list[dict],
    schemas: dict[str, str],
) -> Rule:
    criteria = rule["ValidationCriteria"]
    requirement = criteria["Requirement"]
    parts = [part for part in _items(requirement) if part in standing]
    kind, violation = "", ""
    if rule["Type"] == "Static" and requirement:
        try:
            kind, violation = _check(requirement, conditions, schemas)
        except KeyError as error:
            raise SpecError(f"{rule_id}: no SQL for {error} in {requirement}") from error
    # Nothing can violate what is allowed.
    if criteria["Keyword"] in ("MAY", "OPTIONAL") and kind != "composite":
        kind, violation = "", ""
    arguments = {key: value for key, value in requirement.items() if key != "CheckFunction"}
    return Rule(
        focus_version=version,
        dataset=_dataset(rule),
        rule_id=rule_id,
        column_name=_column(rule, requirement),
        rule_type=rule["Type"],
        keyword=criteria["Keyword"],
        criteria=" ".join(rule["ApplicabilityCriteria"]),
        check_function=requirement.get("CheckFunction", ""),
        arguments="" if parts or not arguments else json.dumps(arguments),
        condition=json.dumps(criteria["Condition"]) if criteria["Condition"] else "",
        parts=" ".join(parts),
        check_kind=kind,
        violation=violation,
    )


def _dataset(rule: dict) -> str:
    """The dataset that the rule is about; before 1.3 there was one, and no rule named it."""
    if rule["EntityType"] == "Attribute":
        return "Attributes"
    return rule.get("DatasetId") or "CostAndUsage"


def _column(rule: dict, requirement: dict) -> str:
    """The column a rule is about; the attribute, object or dataset where it is about no column."""
    return requirement.get("ColumnName") or _entity(rule)


def _entity(rule: dict) -> str:
    return rule.get("EntityId") or rule["Reference"]


def _check(requirement: dict, conditions: list[dict], schemas: dict[str, str]) -> tuple[str, str]:
    """(check_kind, violation) of a static requirement under its conditions."""
    function = requirement["CheckFunction"]
    if _items(requirement):
        return "composite", ""
    if function in SCHEMA_CHECKS:
        column = requirement["ColumnName"]
        return "schema", SCHEMA_CHECKS[function].format(column=column.replace("'", "''"))
    if function == "OR" and all(
        item["CheckFunction"] in SCHEMA_CHECKS for item in requirement["Items"]
    ):
        # Type String or type JSON: JSON is held as text.
        return _check(requirement["Items"][0], conditions, schemas)
    where = " and ".join(
        f"({_holds(condition)})" for condition in conditions if _is_seen(condition)
    )
    if function == "JSONCheckPathDistinctParent":
        return "query", _distinct_parents(requirement)
    if function == "CheckNoDuplicates":
        return f"group:{requirement['ColumnName']}", "count(*) > 1"
    if function == "CheckDistinctCount":
        counted = f"distinct {_name(requirement['ColumnBName'])}"
        filtered = f" filter (where {where})" if where else ""
        expected = requirement["ExpectedCount"]
        violation = f"count({counted}){filtered} <> {expected}"
        if where:
            violation = f"count(*){filtered} > 0 and {violation}"
        return f"group:{requirement['ColumnAName']}", violation
    violation = _violates(requirement, schemas)
    if where:
        violation = f"{where} and ({violation})"
    return _kind(function, violation), violation


def _kind(function: str, violation: str) -> str:
    """Once for each value of the column where that is the only one and the check is a dear one."""
    columns = set(re.findall(r'"(\w+)"', re.sub("'(?:[^']|'')*'", "", violation)))
    is_dear = function in BY_VALUE or "matches_json_schema" in violation
    return f"values:{columns.pop()}" if is_dear and len(columns) == 1 else "row"


# Checks that the type of a column decides; dataset_columns(column_name, data_type) describes the
# dataset as it was built. A DECIMAL or TIMESTAMP column can hold no other format.
_TYPED = "not exists (from dataset_columns where column_name = '{{column}}' and {type})"
SCHEMA_CHECKS = {
    "ColumnPresent": _TYPED.format(type="true"),
    "TypeString": _TYPED.format(type="data_type = 'VARCHAR'"),
    "TypeJSON": _TYPED.format(type="data_type = 'VARCHAR'"),
    "TypeDecimal": _TYPED.format(type="data_type like 'DECIMAL(%'"),
    "TypeDateTime": _TYPED.format(type="data_type = 'TIMESTAMP'"),
    "FormatNumeric": _TYPED.format(type="data_type like 'DECIMAL(%'"),
    "CheckDecimalValue": _TYPED.format(type="data_type like 'DECIMAL(%'"),
}
# Checks that cost more than to find the distinct texts that they look at.
BY_VALUE = {"CheckJSONSchema", "FormatJSON", "FormatKeyValue", "FormatUnit"}
_COMPARED = {
    "CheckGreaterOrEqualThanValue": "<",
    "CheckGreaterThanValue": "<=",
    "CheckLessOrEqualThanValue": ">",
}
_NO_CURRENCY = "{column} not in (select c.currency_code from currency_codes as c)"
_OPPOSITE = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "=": "<>"}


def _violates(check: dict, schemas: dict) -> str:
    """SQL that is true where a row violates the check."""
    function = check["CheckFunction"]
    column = _name(check["ColumnName"]) if "ColumnName" in check else None
    if function == "CheckValue":
        value = check["Value"]
        return f"{column} is not null" if value is None else f"{column} <> {_literal(value)}"
    if function == "CheckNotValue":
        value = check["Value"]
        return f"{column} is null" if value is None else f"{column} = {_literal(value)}"
    if function == "AND":
        return " or ".join(f"({_violates(item, schemas)})" for item in check["Items"])
    if function == "OR":
        allowed = _allowed(check)
        return allowed or f"not ({_holds(check)})"
    if function in _COMPARED:
        return f"{column} {_COMPARED[function]} {_literal(check['Value'])}"
    if function == "CheckColumnComparison":
        first, second = _name(check["ColumnAName"]), _name(check["ColumnBName"])
        return f"{first} {_OPPOSITE[check['Comparator']]} {second}"
    if function == "CheckSameValue":
        return f"{_name(check['ColumnAName'])} <> {_name(check['ColumnBName'])}"
    if function == "CheckNotSameValue":
        return f"{_name(check['ColumnAName'])} = {_name(check['ColumnBName'])}"
    if function == "ColumnByColumnEqualsColumnValue":
        first, second = _name(check["ColumnAName"]), _name(check["ColumnBName"])
        return f"{first} * {second} <> {_name(check['ResultColumnName'])}"
    if function == "CheckStringEndsWith":
        return f"not ends_with({column}, {_literal(check['Value'])})"
    if function == "CheckRegexMatch":
        return f"not regexp_matches({column}, {_literal(check['Pattern'])})"
    if function == "JSONCheckPathSameValue":
        first, path = _name(check["ColumnAName"]), _literal(check["PathA"])
        values = f"if(json_valid({first}), json_extract_string({first}, {path}), [])"
        return f"{first} is not null and not list_contains({values}, {_name(check['ColumnBName'])})"
    if function.startswith("JSON") or function == "CheckJSONSchema":
        # What 1.3 asks of single paths of an object stands in the JSON schema of 1.4.
        schema = _literal(schemas[check["ColumnName"]])
        return f"not matches_json_schema({column}, {schema})"
    return {
        # Text is VARCHAR already: what can be wrong is characters that cannot be printed.
        "FormatString": r"regexp_matches({column}, '[^\x20-\x{{10FFFF}}]')",
        "FormatDateTime": "date_trunc('second', {column}) <> {column}",
        "FormatUnit": f"not regexp_full_match({{column}}, '{UNIT_PATTERN}')",
        "FormatCurrency": "not regexp_full_match({column}, '[A-Z]{{3}}')",
        "FormatJSON": "not coalesce(json_valid({column}), true)",
        "FormatKeyValue": (
            "case when {column} is null then false when not json_valid({column}) then true"
            " when json_type({column}) <> 'OBJECT' then true"
            " else len(list_filter(json_extract({column}, '$.*'),"
            " lambda v: json_type(v) in ('OBJECT', 'ARRAY'))) > 0 end"
        ),
        "CheckNationalCurrency": _NO_CURRENCY,
        "FormatBillingCurrencyCode": _NO_CURRENCY,
    }[function].format(column=column)


def _is_seen(condition: dict) -> bool:
    """Whether a condition looks at columns; the JSON schema sees to those inside of objects."""
    return not condition["CheckFunction"].startswith("JSON")


def _distinct_parents(check: dict) -> str:
    """Query for the children inside JSON objects that have several parents."""
    column = _name(check["ColumnName"])
    child, parent = (check[path].rsplit(".", 1)[1] for path in ("ChildPath", "ParentPath"))
    elements = f"unnest(json_extract({column}, {_literal(check['ChildPath'].rsplit('.', 1)[0])}))"
    return (
        f"select element ->> '{child}' as example from (select {elements} as element"
        f" from {{cost_and_usage}} where json_valid({column})) group by all"
        f" having count(distinct element ->> '{parent}') > {check['ExpectedCount']}"
    )


def _allowed(check: dict) -> str | None:
    """`column not in (...)` for a choice among the values of one column, else None."""
    columns = {item.get("ColumnName") for item in check["Items"]}
    functions = {item["CheckFunction"] for item in check["Items"]}
    if functions != {"CheckValue"} or len(columns) != 1:
        return None
    values = [item["Value"] for item in check["Items"]]
    if None in values:
        return None
    return f"{_name(columns.pop())} not in ({', '.join(_literal(value) for value in values)})"


def _holds(check: dict) -> str:
    """SQL that is true where a row meets the check; for conditions and choices."""
    function = check["CheckFunction"]
    if function in ("AND", "OR"):
        return f" {function.lower()} ".join(f"({_holds(item)})" for item in check["Items"])
    if function == "CheckNotSameValue":
        return f"{_name(check['ColumnAName'])} <> {_name(check['ColumnBName'])}"
    column = _name(check["ColumnName"])
    value = _literal(check["Value"]) if check.get("Value") is not None else None
    if function == "CheckValue":
        return f"{column} is null" if value is None else f"{column} = {value}"
    if function == "CheckNotValue":
        return f"{column} is not null" if value is None else f"{column} is distinct from {value}"
    if function == "CheckStringEndsWith":
        return f"ends_with({column}, {value})"
    raise KeyError(function)


def _name(column: str) -> str:
    return f'"{column}"'


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _bare(schema: object, inside_properties: bool = False) -> object:
    """The JSON schema without its sentences (a property may well be named description)."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _bare(value, key in ("properties", "patternProperties", "$defs"))
        for key, value in schema.items()
        if inside_properties or key not in ("description", "title", "$id", "examples", "$comment")
    }


def rules_csv(model: dict, version: str) -> str:
    """The seed of the version's rules."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Rule)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(rule) for rule in rules(model, version))
    return text.getvalue()


@dataclass(frozen=True)
class Column:
    """A column of a dataset: SQL type, feature level of the specification, may it be null."""

    name: str
    data_type: str
    feature_level: str
    nullable: bool


def columns(model: dict, version: str, dataset: str) -> list[Column]:
    """The columns of a dataset of the version, in alphabetical order; empty without dataset."""
    of_dataset = [rule for rule in rules(model, version) if rule.dataset == dataset]
    standing = {rule.rule_id: model["ModelRules"][rule.rule_id] for rule in of_dataset}
    entities = {_entity(rule) for rule in standing.values() if rule["EntityType"] == "Column"}
    conditions = _conditions(standing)

    def about(name: str, *functions: str) -> list[Rule]:
        return [r for r in of_dataset if r.column_name == name and r.check_function in functions]

    def data_type(name: str) -> str:
        if about(name, "TypeDecimal"):
            return next(t for pattern, t in DECIMAL_TYPES.items() if re.search(pattern, name))
        return "timestamp" if about(name, "TypeDateTime") else "varchar"

    def feature_level(name: str) -> str:
        presence = about(name, "ColumnPresent")
        for rule in presence:
            if rule.keyword == "MUST":
                return "Conditional" if rule.criteria else "Mandatory"
        if not presence:
            return "Conditional"
        return "Optional" if presence[0].keyword == "MAY" else "Recommended"

    def nullable(name: str) -> bool:
        return not any(
            rule.keyword == "MUST NOT"
            and json.loads(rule.arguments)["Value"] is None
            and not conditions[rule.rule_id]
            for rule in about(name, "CheckNotValue")
        )

    return [
        Column(name, data_type(name), feature_level(name), nullable(name))
        for name in sorted(entities)
    ]


def contract_yaml(model: dict, version: str, custom: str) -> str:
    """The contract file of the version.

    custom: the lines of the project's own x_ columns, as custom_columns() finds them; they follow
    the columns of Cost and Usage.
    """
    lines = ["models:"]
    for dataset, (title, grain) in TITLES.items():
        found = columns(model, version, dataset)
        if not found:
            continue
        is_charges = dataset == "CostAndUsage"
        lines += [
            f"  - name: focus_{version.replace('.', '_')}__{snake_case(dataset)}",
            "    description: >",
            f"      FOCUS {version} {title}: {grain}. The contract below is the",
            f"      version: its {len(found)} columns in alphabetical order"
            + (", then the project's own x_ columns." if is_charges else "."),
            "    config:",
            "      contract: {enforced: true}",
            f'      meta: {{focus_version: "{version}", focus_dataset: {dataset}}}',
            "    columns:",
        ]
        for column in found:
            meta = (
                f"feature_level: {column.feature_level}, nullable: {str(column.nullable).lower()}"
            )
            lines += [
                f"      - name: {column.name}",
                f"        data_type: {column.data_type}",
                f"        description: \"{{{{ doc('focus__{snake_case(column.name)}') }}}}\"",
                f"        config: {{meta: {{{meta}}}}}",
            ]
        if is_charges:
            lines.append(custom.rstrip("\n"))
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _datasets(version: str) -> list[str]:
    """Datasets the version has; the model marks columns of a later one as older than it is."""
    since = {"CostAndUsage": "1.0", "ContractCommitment": "1.3"}
    return [name for name in TITLES if _number(since.get(name, "1.4")) <= _number(version)]


def snake_case(name: str) -> str:
    """BillingCurrency -> billing_currency, as macros/focus/project_focus.sql has it."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


def custom_columns(project: Path = PROJECT) -> str:
    """The lines of the x_ columns in the contract of FOCUS 1.1, which is written by hand."""
    contract = project / "models" / "focus" / "v1_1" / "focus_1_1.yml"
    text = contract.read_text(encoding="utf-8")
    return text[text.index("      - name: x_") :]


def files(model: dict, project: Path = PROJECT) -> dict[Path, str]:
    """File -> text for all versions that the model tells of; relative to the project."""
    custom = custom_columns(project)
    written = {}
    for version in versions(model):
        name = version.replace(".", "_")
        written[Path("models", "focus", f"v{name}", f"focus_{name}.yml")] = contract_yaml(
            model, version, custom
        )
        written[Path("seeds", "focus", f"focus_{name}_rules.csv")] = rules_csv(model, version)
    return written


def unprojected(model: dict) -> list[str]:
    """Datasets of the model that the project does not have; nothing is written for them."""
    return sorted(set(model.get("ModelDatasets", {})) - set(TITLES))


def undescribed(model: dict, project: Path = PROJECT) -> list[str]:
    """Columns without a text in models/focus/_focus_columns.md."""
    texts = (project / "models" / "focus" / "_focus_columns.md").read_text(encoding="utf-8")
    described = set(re.findall(r"docs focus__(\w+)", texts))
    names = {
        column.name
        for version in versions(model)
        for dataset in _datasets(version)
        for column in columns(model, version, dataset)
    }
    return sorted(name for name in names if snake_case(name) not in described)
