"""What the project says of its FOCUS files: FOCUS metadata beside each export, and a declaration.

`<export>.metadata.json` holds the metadata objects of the file's FOCUS version:

1.1, 1.2  DataGenerator and Schema, an object each; 1.2 renamed ProviderVersion to
          DataGeneratorVersion and added Deprecated and PreviousColumnName to a column.
1.3, 1.4  also DatasetInstance and Recency; these and Schema are collections, tied together by
          DatasetInstanceId. 1.4 changed nothing here; its attributes DatasetConfiguration and
          DeliveryHandling ask for column selection and for metadata that goes with each file.

FOCUS fixes the names, not the file: SchemaId and data_location at the top follow the reference of
its non-normative example, keys that start with x_ are the project's own. Source: FOCUS_Spec,
CHANGELOG.md (1.1 to 1.3), specification/metadata and specification/appendix/metadata_examples;
1.4: rules ATT-DatasetConfiguration and ATT-DeliveryHandling of its requirements model. Details:
docs/focus.md, "Metadata".

`focus-conformance.json` declares every dataset of a build: columns, rules, control totals.

Times are UTC in whole seconds, amounts are texts with every digit. Nothing here reads a clock
except `now`; the rest depends on the database, the contracts and the files alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import duckdb
import yaml

from ai_spend.conformance import ValidationResult

PROJECT = Path(__file__).resolve().parents[1]
GENERATOR = "ai_spend"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, GENERATOR)
MODEL_NAME = re.compile(r"focus_(\d+_\d+)__(\w+)")
SIDECAR, VALIDATION = ".metadata.json", ".validation.json"

# Columns that FOCUS defines as JSON text (KeyValueFormat, JsonObjectFormat), whatever the dataset.
JSON_COLUMNS = {
    "AllocatedMethodDetails",
    "AllocatedTags",
    "CommitmentProgramEligibilityDetails",
    "ContractApplied",
    "ContractCommitmentApplicability",
    "InvoiceDetailGrain",
    "SkuPriceDetails",
    "Tags",
}
# Deprecated by the version itself. The property exists since 1.2, deprecated columns since 1.3.
DEPRECATED = {"1.3": {"CostAndUsage": {"ProviderName", "PublisherName"}}}
DATA_TYPES = {
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP WITH TIME ZONE": "DATETIME",
    "DATE": "DATE",
    "INTEGER": "INTEGER",
    "BIGINT": "INTEGER",
}


class MetadataError(Exception):
    """Metadata cannot be made or would be untrue; the message names the place."""


@dataclass(frozen=True)
class Dataset:
    """A FOCUS dataset of the database: its model, '1.4', 'CostAndUsage', column -> DuckDB type."""

    model: str
    focus_version: str
    dataset: str
    columns: Mapping[str, str]

    @property
    def has_instances(self) -> bool:
        """Whether the version knows dataset instances and recency (1.3 and later)."""
        return tuple(map(int, self.focus_version.split("."))) >= (1, 3)


def now() -> datetime:
    """The time of generation."""
    return datetime.now(UTC)


def updated_at(db: Path) -> datetime:
    """When the database was last written: the end of its build."""
    return datetime.fromtimestamp(db.stat().st_mtime, UTC)


def generator_version(focus_version: str) -> str:
    """Version of the logic that made the data, such as 0.1.0+focus.1.4 (SemVer).

    FOCUS wants another one for another FOCUS version. What changed stands in CHANGELOG.md.
    """
    return f"{project_version()}+focus.{focus_version}"


def project_version(project: Path = PROJECT) -> str:
    """Version of the project as its pyproject.toml has it, installed or not."""
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]


def datasets(connection: duckdb.DuckDBPyConnection) -> list[Dataset]:
    """The FOCUS datasets of a database, told by the names of its models, in order of name."""
    names = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'main' order by all"
    ).fetchall()
    return [dataset(connection, name) for (name,) in names if MODEL_NAME.fullmatch(name)]


def dataset(connection: duckdb.DuckDBPyConnection, model: str) -> Dataset:
    """The dataset behind a model such as focus_1_4__cost_and_usage, as the database has it.

    Raises MetadataError for another name.
    """
    name = MODEL_NAME.fullmatch(model)
    if name is None:
        raise MetadataError(f"{model} is not named focus_<version>__<dataset>.")
    described = connection.execute(f'describe main."{model}"').fetchall()
    return Dataset(
        model,
        name[1].replace("_", "."),
        name[2].title().replace("_", ""),
        {column: type_ for column, type_, *_ in described},
    )


# ---- FOCUS metadata


def schema(connection: duckdb.DuckDBPyConnection, of: Dataset, created: str | None = None) -> dict:
    """Schema object of a dataset; `created` is its CreationDate, left out when not known.

    SchemaId is a UUID of all the rest but CreationDate: it changes exactly when FOCUS version,
    generator version, a column's name, type or length, or their order change, and is the same in
    every file format and period. Raises MetadataError for a type that has no FOCUS word.
    """
    generator = "ProviderVersion" if of.focus_version == "1.1" else "DataGeneratorVersion"
    content = {
        "FocusVersion": of.focus_version,
        **({"DatasetInstanceId": instance_id(of)} if of.has_instances else {}),
        generator: generator_version(of.focus_version),
        "ColumnDefinition": column_definitions(connection, of),
    }
    schema_id = uuid.uuid5(NAMESPACE, json.dumps([of.dataset, content]))
    return {
        "SchemaId": str(schema_id),
        **({"CreationDate": created} if created else {}),
        **content,
    }


def column_definitions(connection: duckdb.DuckDBPyConnection, of: Dataset) -> list[dict]:
    """ColumnDefinition objects in the order of the columns.

    StringMaxLength (characters) is the least of 64, 256, 1024 ... that holds every text of the
    column in the whole dataset, since no column has a limit by declaration.
    """
    lengths = _longest(connection, of)
    deprecated = DEPRECATED.get(of.focus_version, {}).get(of.dataset, ())
    definitions = []
    for name, sql_type in of.columns.items():
        definition = {"ColumnName": name, **_data_type(of, name, sql_type)}
        if name in deprecated:
            definition["Deprecated"] = True
        if definition["DataType"] == "STRING":
            definition["StringEncoding"] = "UTF-8"
            definition["StringMaxLength"] = lengths[name]
        if name == "Tags":
            # The project's own tag is ai_spend:classification; callers and vendors made the others.
            definition["ProviderTagPrefixes"] = ["ai_spend:"]
        definitions.append(definition)
    return definitions


def _data_type(of: Dataset, name: str, sql_type: str) -> dict:
    """DataType in the words of the specification's examples, with digits for decimals."""
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s?(\d+)\)", sql_type):
        precision, scale = map(int, decimal.groups())
        return {"DataType": "DECIMAL", "NumericPrecision": precision, "NumberScale": scale}
    if sql_type not in DATA_TYPES:
        raise MetadataError(f"{of.model}.{name}: no FOCUS data type is known for {sql_type}.")
    return {"DataType": "JSON" if name in JSON_COLUMNS else DATA_TYPES[sql_type]}


def _longest(connection: duckdb.DuckDBPyConnection, of: Dataset) -> dict[str, int]:
    """Text column -> StringMaxLength."""
    texts = [name for name, sql_type in of.columns.items() if sql_type == "VARCHAR"]
    if not texts:
        return {}
    lengths = ", ".join(f'max(length(rows."{name}"))' for name in texts)
    row = connection.execute(f'select {lengths} from main."{of.model}" as rows').fetchone()
    return {name: _step(length or 0) for name, length in zip(texts, row, strict=True)}


def _step(length: int) -> int:
    """The least of 64, 256, 1024 ... that is not below length."""
    step = 64
    while step < length:
        step *= 4
    return step


def instance_id(of: Dataset) -> str:
    """DatasetInstanceId: one instance per FOCUS version and dataset."""
    return str(uuid.uuid5(NAMESPACE, f"{of.focus_version}/{of.dataset}"))


def instance(of: Dataset) -> dict:
    """DatasetInstance object (1.3 and later)."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", of.dataset).replace(" And ", " and ")
    return {
        "DatasetInstanceId": instance_id(of),
        "DatasetInstanceName": f"{GENERATOR} {words}, FOCUS {of.focus_version}",
        "FocusDatasetId": of.dataset,
    }


def recency(
    connection: duckdb.DuckDBPyConnection, of: Dataset, updated: datetime, at: datetime
) -> dict | None:
    """Recency object (1.3 and later) of a dataset whose data were written at `updated`.

    A dataset with charge periods is a time series: a sector per month of ChargePeriodStart, and
    complete when the month was over at `updated` and every charge in it has been invoiced. Any
    other dataset is complete, for a build that fails leaves nothing. None for a time series
    without rows, since FOCUS wants at least one sector.
    """
    head = {
        "DatasetInstanceId": instance_id(of),
        "RecencyLastUpdated": _utc(at),
        "DatasetInstanceLastUpdated": _utc(updated),
    }
    if "ChargePeriodStart" not in of.columns:
        return {**head, "DatasetInstanceComplete": True}
    invoiced = "x_CostBasis" in of.columns and "rows.\"x_CostBasis\" = 'Invoiced'"
    months = connection.execute(
        f"""
        select
            date_trunc('month', rows."ChargePeriodStart") as sector_start,
            date_trunc('month', rows."ChargePeriodStart") + interval 1 month as sector_end,
            bool_and(coalesce({invoiced}, false)) as invoiced
        from main."{of.model}" as rows
        group by all
        order by all
        """
    ).fetchall()
    sectors = [
        {
            "TimeSectorStart": _utc(start),
            "TimeSectorEnd": _utc(end),
            "TimeSectorComplete": settled and end.replace(tzinfo=UTC) <= updated,
            "TimeSectorLastUpdated": _utc(updated),
        }
        for start, end, settled in months
    ]
    return {**head, "TimeSectors": sectors} if sectors else None


def of_export(
    connection: duckdb.DuckDBPyConnection,
    model: str,
    columns: Iterable[str],
    written: Path,
    out: Path,
    rows: int,
    totals: Mapping[str | None, Mapping[str, Decimal]],
    *,
    scope: tuple[date | None, date | None],
    updated: datetime,
    at: datetime,
) -> dict:
    """FOCUS metadata of one export.

    columns: those in the file, all or some of the dataset's; written: the finished file; out: the
    place it is about to take, whose neighbours of the same schema give CreationDate; totals:
    currency -> column -> sum; scope: first day and the day after the last of what was asked for;
    updated, at: when data and metadata were made. Raises MetadataError and OSError.
    """
    of = dataset(connection, model)
    of = replace(of, columns={name: of.columns[name] for name in columns})
    described = schema(connection, of)
    described = schema(connection, of, created_at(out.parent, described["SchemaId"]) or _utc(at))
    document = {
        "SchemaId": described["SchemaId"],
        "data_location": [
            {
                "filepath": out.name,
                "total_bytes": written.stat().st_size,
                "total_rows": rows,
                "sha256": sha256(written),
            }
        ],
        "DataGenerator": {"DataGenerator": GENERATOR},
    }
    if of.has_instances:
        known = recency(connection, of, updated, at)
        document["DatasetInstance"] = [instance(of)]
        document["Schema"] = [described]
        document["Recency"] = [known] if known else []
    else:
        document["Schema"] = described
    document["x_GeneratedAt"] = _utc(at)
    document["x_DataUpdatedAt"] = _utc(updated)
    document["x_Dataset"] = of.dataset
    document["x_DeliveryMechanism"] = "Overwrite"
    document["x_DeliveryScope"] = {
        word: day and day.isoformat() for word, day in zip(("From", "To"), scope, strict=True)
    }
    document["x_ControlTotals"] = {
        currency or "null": {column: exact(amount) for column, amount in sums.items()}
        for currency, sums in totals.items()
    }
    return document


def sidecar(export: Path) -> Path:
    """Where the metadata of an export lie: focus_1_4.parquet.metadata.json."""
    return export.with_name(export.name + SIDECAR)


def created_at(folder: Path, schema_id: str) -> str | None:
    """CreationDate of a schema, from the metadata in a folder that name it; the oldest counts."""
    dates = [
        str(found["CreationDate"])
        for _, document in _documents(folder, SIDECAR)
        for found in _as_list(document.get("Schema"))
        if isinstance(found, dict)
        and found.get("SchemaId") == schema_id
        and "CreationDate" in found
    ]
    return min(dates, default=None)


# ---- the declaration


def declaration(
    connection: duckdb.DuckDBPyConnection,
    *,
    updated: datetime,
    at: datetime,
    exports: Path,
    project: Path = PROJECT,
) -> dict:
    """Declares every FOCUS dataset of a build.

    exports: folder whose records of validator runs count. Raises MetadataError when a model does
    not have the columns of its contract, or a column has no meaning.
    """
    known = contracts(project)
    built = [of for of in datasets(connection) if of.model in known]
    if not built:
        raise MetadataError("The database holds no FOCUS dataset. Run `make build` first.")
    return {
        "generated_at": _utc(at),
        "data_updated_at": _utc(updated),
        "generator": {"name": GENERATOR, "version": project_version()},
        "versions": sorted({of.focus_version for of in built}),
        "not_built": sorted(known.keys() - {of.model for of in built}),
        "datasets": [
            {
                "focus_version": of.focus_version,
                "dataset": of.dataset,
                "model": of.model,
                "description": known[of.model]["description"],
                "schema_id": schema(connection, of)["SchemaId"],
                **_declared_columns(of, known[of.model]),
                "rules": rule_counts(connection, of),
                "provider_statements": provider_statements(connection, of),
                "validator": validation(exports, of),
                "control_totals": control_totals(connection, of),
            }
            for of in built
        ],
    }


def contracts(project: Path = PROJECT) -> dict[str, dict]:
    """Model -> its contract: description, and columns by name with meta and description in words.

    Read from models/focus; `doc('...')` is resolved from the doc blocks there. Raises
    MetadataError for a doc block that does not exist.
    """
    folder = project / "models" / "focus"
    block = re.compile(r"{% docs (\w+) %}\s*(.*?)\s*{% enddocs %}", re.DOTALL)
    blocks = dict(
        found
        for page in sorted(folder.rglob("*.md"))
        for found in block.findall(page.read_text(encoding="utf-8"))
    )

    def words(text: str | None) -> str:
        def resolve(reference: re.Match) -> str:
            if reference[1] not in blocks:
                raise MetadataError(f"There is no doc block {reference[1]} below {folder}.")
            return blocks[reference[1]]

        return re.sub(r"{{\s*doc\(['\"](\w+)['\"]\)\s*}}", resolve, text or "").strip()

    found = {}
    for page in sorted(folder.glob("v*/*.yml")):
        for model in yaml.safe_load(page.read_text(encoding="utf-8")).get("models") or []:
            if "focus_version" not in model.get("config", {}).get("meta", {}):
                continue
            found[model["name"]] = {
                "description": words(model.get("description")),
                "columns": {
                    column["name"]: {
                        **column.get("config", {}).get("meta", {}),
                        "description": words(column.get("description")),
                    }
                    for column in model["columns"]
                },
            }
    return found


def _declared_columns(of: Dataset, contract: dict) -> dict:
    """FOCUS columns with type and level, custom columns with type and meaning."""
    if list(of.columns) != list(contract["columns"]):
        raise MetadataError(f"{of.model} does not have the columns of its contract; build it anew.")
    columns, custom = [], []
    for name, sql_type in of.columns.items():
        known = contract["columns"][name]
        if not known["description"]:
            raise MetadataError(f"{of.model}.{name} has no description in its contract.")
        types = {"name": name, "type": _data_type(of, name, sql_type)["DataType"], "sql": sql_type}
        if name.startswith("x_"):
            custom.append({**types, "meaning": known["description"]})
        else:
            level, nullable = known.get("feature_level"), known.get("nullable")
            columns.append({**types, "feature_level": level, "nullable": nullable})
    return {"columns": columns, "custom_columns": custom}


def rule_counts(connection: duckdb.DuckDBPyConnection, of: Dataset) -> dict:
    """Rules of a dataset by verdict; null where the build holds no verdicts on it.

    results: keyword -> verdict -> rules, from focus_rule_results.
    coverage: verdict -> rules, from focus_rule_coverage.
    """
    results: dict[str, dict[str, int]] = {}
    for keyword, verdict, count in _counts(
        connection, of, "focus_rule_results", "keyword", "verdict"
    ):
        results.setdefault(keyword, {})[verdict] = count
    coverage = dict(_counts(connection, of, "focus_rule_coverage", "verdict"))
    return {"results": results or None, "coverage": coverage or None}


def provider_statements(connection: duckdb.DuckDBPyConnection, of: Dataset) -> list[dict]:
    """What bills state against a rule of the dataset, with a line that does.

    source_file is below the landing folder; both are null where the example names no line.
    """
    names = ("rule_id", "column_name", "keyword", "violations", "source_file", "source_line")
    if not _exists(connection, "provider_statements"):
        return []
    rows = connection.execute(
        f"select {', '.join(names)} from main.provider_statements "
        "where focus_version = ? and dataset = ? order by rule_id",
        [of.focus_version, of.dataset],
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(
        connection.execute(
            "select 1 from information_schema.tables "
            "where table_schema = 'main' and table_name = ?",
            [table],
        ).fetchone()
    )


def _counts(
    connection: duckdb.DuckDBPyConnection, of: Dataset, table: str, *by: str
) -> list[tuple]:
    """Rows of a table about the dataset, counted by some columns; none without the table."""
    if not _exists(connection, table):
        return []
    return connection.execute(
        f'select {", ".join(by)}, count(*) from main."{table}" '
        "where focus_version = ? and dataset = ? group by all order by all",
        [of.focus_version, of.dataset],
    ).fetchall()


def control_totals(connection: duckdb.DuckDBPyConnection, of: Dataset) -> dict:
    """Rows, and money: currency column -> currency -> rows and cost column -> exact sum.

    A cost column belongs to the currency column whose name it starts with (PricingCurrency...,
    PaymentCurrency...), else to BillingCurrency. Rows without that currency stand under "null",
    a sum over nothing but null is null.
    """
    (rows,) = connection.execute(f'select count(*) from main."{of.model}"').fetchone()
    owned: dict[str, list[str]] = {}
    currencies = [name for name in of.columns if name.endswith("Currency")]
    for name in of.columns:
        if name.endswith("Cost") and not name.startswith("x_"):
            owner = next((c for c in currencies if name.startswith(c)), "BillingCurrency")
            owned.setdefault(owner, []).append(name)
    money = {}
    for currency, costs in owned.items():
        sums = ", ".join(f'sum(rows."{name}")' for name in costs)
        found = connection.execute(
            f'select rows."{currency}", count(*), {sums} from main."{of.model}" as rows '
            "group by all order by 1 nulls last"
        ).fetchall()
        money[currency] = {
            "null" if code is None else code: {
                "rows": count,
                **{
                    name: None if total is None else exact(total)
                    for name, total in zip(costs, totals, strict=True)
                },
            }
            for code, count, *totals in found
        }
    return {"rows": rows, "money": money}


# ---- runs of the official validator


def record_validation(
    file: Path, focus_version: str, dataset: str, result: ValidationResult, at: datetime
) -> Path | None:
    """Writes what the official validator said beside the file; None when it did not run."""
    if not result.ran:
        return None
    record = {
        "focus_version": focus_version,
        "dataset": dataset,
        "validator": "focus-validator",
        "validator_version": version("focus-validator"),
        "validated_at": _utc(at),
        "file": file.name,
        "sha256": sha256(file),
        "passed": result.passed,
        "failed": result.failed,
        "failed_explained": list(result.explained),
        "failed_unexplained": list(result.unexplained),
        "skipped": result.skipped,
    }
    path = file.with_name(file.name + VALIDATION)
    write_json(path, record)
    return path


def validation(folder: Path, of: Dataset) -> dict | None:
    """The latest record about a dataset whose file in the folder is still the one validated."""
    records = [
        record
        for path, record in _documents(folder, VALIDATION)
        if (record.get("focus_version"), record.get("dataset")) == (of.focus_version, of.dataset)
        and (file := path.with_name(path.name.removesuffix(VALIDATION))).exists()
        and sha256(file) == record.get("sha256")
    ]
    return max(records, key=lambda record: str(record.get("validated_at")), default=None)


# ---- files


def write_json(path: Path, document: dict) -> None:
    """Writes beside the place and renames, so that path is never half a document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    try:
        beside.write_text(as_json(document), encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def as_json(document: dict) -> str:
    """The document as indented JSON text."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def sha256(file: Path) -> str:
    """Hexadecimal digest of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def exact(amount: Decimal) -> str:
    """Every digit that says something, without exponent: 0.5, 100, -3."""
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _utc(moment: datetime) -> str:
    """FOCUS date and time; DuckDB's timestamps come without a zone and are UTC."""
    if moment.tzinfo:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _documents(folder: Path, suffix: str) -> Iterator[tuple[Path, dict]]:
    """Readable JSON objects of a folder; what is broken or strange tells nothing."""
    for path in sorted(folder.glob(f"*{suffix}")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(document, dict):
            yield path, document


def _as_list(value: object) -> Iterable:
    """A collection as it is, one object as a collection of one."""
    return value if isinstance(value, list) else [value]
