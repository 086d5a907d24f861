"""Writes a FOCUS dataset of a built database to one file.

What the formats have in common: columns and order of the version's contract, rows in a fixed order
(start of the period, then every column), so that two exports of the same database are the same
bytes.

parquet  DECIMAL, TIMESTAMP and BOOLEAN as they are; compressed with zstd.
csv      UTF-8 with a header; timestamps `2026-05-01T00:00:00Z`; decimals without trailing zeros;
         null is nothing between the commas, an empty text is `""`.
json     one array of objects; ndjson: one object per line. Decimals are JSON numbers with every
         digit of their column (no exponent), so read them with a decimal parser; null is null.

Tags and the other JSON columns stay JSON *text* in every format, because FOCUS defines them as a
serialized object: the same value arrives whatever the format.

Beside each file lie its FOCUS metadata, `<file>.metadata.json` (see ai_spend.metadata).
"""

import decimal
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from ai_spend import metadata

FORMATS = ("csv", "parquet", "json", "ndjson")
# Dataset -> its columns of money in BillingCurrency, and the column its periods are cut by.
TOTALLED = {
    "CostAndUsage": ("BilledCost", "EffectiveCost", "ListCost"),
    "InvoiceDetail": ("BilledCost",),
    "ContractCommitment": ("ContractCommitmentCost",),
    "BillingPeriod": (),
}
PERIOD = {
    "CostAndUsage": "ChargePeriodStart",
    "InvoiceDetail": "BillingPeriodStart",
    "ContractCommitment": "ContractCommitmentPeriodStart",
    "BillingPeriod": "BillingPeriodStart",
}
COPY_OPTIONS = {
    "csv": "format csv, header true, nullstr ''",
    "parquet": "format parquet, compression zstd",
    "json": "format json, array true",
    "ndjson": "format json, array false",
}

# BillingCurrency -> cost column -> exact sum
Totals = dict[str, dict[str, Decimal]]


class ExportError(Exception):
    """The export cannot be made or cannot be trusted; the message says what to do."""


@dataclass(frozen=True)
class ExportResult:
    """A finished, verified export.

    rows may be 0: the file then holds the header (csv), the schema (parquet), an empty array
    (json) or nothing (ndjson). totals are the sums of the dataset's TOTALLED columns per
    BillingCurrency; currencies are never added up, and a dataset without money has none.
    """

    path: Path
    rows: int
    totals: Totals


def export(
    db: Path,
    spec: str,
    fmt: str,
    out: Path,
    start: date | None = None,
    end: date | None = None,
    at: datetime | None = None,
    dataset: str = "CostAndUsage",
    chosen: Sequence[str] = (),
) -> ExportResult:
    """Writes a dataset (CostAndUsage, InvoiceDetail ...) of FOCUS version `spec` to the file `out`.

    Only rows whose PERIOD column lies in [start, end) are written: `end` is exclusive, so a month
    is 2026-05-01 to 2026-06-01. chosen: columns to write, in the contract's order; all of them when
    empty. Control totals are those of the money that is written with its currency.

    The file is written beside its place, read back, compared with the database and only then
    renamed, so `out` is never half an export. Its metadata, made at the time `at` (now), are
    written and renamed likewise, after it. Raises ExportError.
    """
    if fmt not in FORMATS:
        raise ExportError(f"Unknown format {fmt!r}. Available: {', '.join(FORMATS)}.")
    if start and end and start >= end:
        raise ExportError(f"The period is empty: from {start} to {end}, and the end is exclusive.")
    if out.is_dir():
        raise ExportError(f"{out} is a folder; name the file to write.")

    beside = out.with_name(f".{out.name}.tmp")
    sidecar = metadata.sidecar(out)
    sidecar_beside = sidecar.with_name(f".{sidecar.name}.tmp")
    with _connect(db) as connection:
        try:
            model = _model(connection, spec, dataset)
            # Views name the database they were built in, so a renamed file fails right here.
            columns = _columns(connection, model, chosen)
            totalled = _totalled(dataset, columns)
            charges = f'main."{model}" as charges{_period(PERIOD[dataset], start, end)}'
            expected = _totals(connection, charges, totalled)
            out.parent.mkdir(parents=True, exist_ok=True)
            _write(connection, charges, columns, PERIOD[dataset], fmt, beside)
            found = _totals_in_file(beside, columns, totalled, fmt)
            if found != expected:
                raise ExportError(
                    f"Control totals differ, {out} was not written. "
                    f"Database (rows, totals): {expected}. File: {found}."
                )
            document = metadata.of_export(
                connection,
                model,
                columns,
                beside,
                out,
                *expected,
                scope=(start, end),
                updated=metadata.updated_at(db),
                at=at or metadata.now(),
            )
            sidecar_beside.write_text(metadata.as_json(document), encoding="utf-8")
            beside.replace(out)
            sidecar_beside.replace(sidecar)
        except (duckdb.Error, OSError, metadata.MetadataError) as error:
            raise ExportError(f"{out} was not written: {error}") from error
        finally:
            beside.unlink(missing_ok=True)
            sidecar_beside.unlink(missing_ok=True)
    return ExportResult(out, *expected)


def _connect(db: Path) -> duckdb.DuckDBPyConnection:
    """Read-only connection to the built database."""
    if not db.exists():
        raise ExportError(f"There is no database at {db}. Run `make build` first.")
    try:
        return duckdb.connect(db, read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise ExportError(
                f"{db} is in use by another process. Wait until the build has finished."
            ) from error
        raise ExportError(f"{db} cannot be opened as a DuckDB database: {error}") from error


def _model(connection: duckdb.DuckDBPyConnection, spec: str, dataset: str) -> str:
    """Name of the model that holds the dataset in version `spec`."""
    built = metadata.datasets(connection)
    if not built:
        raise ExportError("The database holds no FOCUS dataset. Run `make build` first.")
    if spec not in {of.focus_version for of in built}:
        available = ", ".join(sorted({of.focus_version for of in built}))
        raise ExportError(f"Unknown FOCUS version {spec!r}. Available: {available}.")
    models = {of.dataset: of.model for of in built if of.focus_version == spec}
    if dataset not in models:
        raise ExportError(
            f"FOCUS {spec} has no dataset {dataset!r}. Available: {', '.join(sorted(models))}."
        )
    return models[dataset]


def _columns(
    connection: duckdb.DuckDBPyConnection, model: str, chosen: Sequence[str]
) -> dict[str, str]:
    """Chosen column -> DuckDB type, in the order of the contract."""
    described = connection.execute(f'describe main."{model}"').fetchall()
    columns = {name: type_ for name, type_, *_ in described}
    unknown = [name for name in chosen if name not in columns]
    if unknown:
        raise ExportError(
            f"{model} has no column {', '.join(unknown)}. Available: {', '.join(columns)}."
        )
    return {name: type_ for name, type_ in columns.items() if not chosen or name in chosen}


def _totalled(dataset: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Columns of money that can be totalled: none without the currency beside them."""
    if "BillingCurrency" not in columns:
        return ()
    return tuple(name for name in TOTALLED[dataset] if name in columns)


def _period(column: str, start: date | None, end: date | None) -> str:
    """WHERE clause for the rows that start in [start, end)."""
    conditions = []
    if start:
        conditions.append(f"charges.\"{column}\" >= timestamp '{start} 00:00:00'")
    if end:
        conditions.append(f"charges.\"{column}\" < timestamp '{end} 00:00:00'")
    return f" where {' and '.join(conditions)}" if conditions else ""


def _write(
    connection: duckdb.DuckDBPyConnection,
    charges: str,
    columns: dict[str, str],
    period: str,
    fmt: str,
    path: Path,
) -> None:
    """Writes the rows in a total order (ties are equal rows) and in the format's spelling."""
    select = ", ".join(
        f'{_spelled(name, type_, fmt)} as "{name}"' for name, type_ in columns.items()
    )
    order = ", ".join(f'charges."{name}"' for name in (period, *columns))
    connection.execute(
        f"copy (select {select} from {charges} order by {order}) "
        f"to {_literal(path)} ({COPY_OPTIONS[fmt]})"
    )


def _spelled(name: str, type_: str, fmt: str) -> str:
    """SQL expression for a column as the format spells it."""
    if fmt != "parquet" and type_ == "TIMESTAMP":
        # A cast keeps a fraction of a second where there is one; a format string would drop it.
        return f"replace(cast(\"{name}\" as varchar), ' ', 'T') || 'Z'"
    if fmt == "csv" and re.fullmatch(r"DECIMAL\(\d+,[1-9]\d*\)", type_):
        # Every decimal with a scale is written with its point, so no integer zero is lost.
        return f"rtrim(rtrim(cast(\"{name}\" as varchar), '0'), '.')"
    # DuckDB writes a DECIMAL to JSON digit by digit, but parses a shorter text as a double.
    return f'"{name}"'


def _totals(
    connection: duckdb.DuckDBPyConnection, charges: str, totalled: tuple[str, ...]
) -> tuple[int, Totals]:
    """Row count and totals of a FROM clause that calls its rows `charges`."""
    sums = [f'sum(cast(charges."{name}" as decimal(38, 18)))' for name in totalled]
    selected = ", ".join(['charges."BillingCurrency"', *sums] if totalled else ["null"])
    query = f"select count(*), {selected} from {charges} group by all"
    return _add_up(connection.execute(query).fetchall(), totalled)


def _totals_in_file(
    path: Path, columns: dict[str, str], totalled: tuple[str, ...], fmt: str
) -> tuple[int, Totals]:
    """Row count and totals, read back from the written file."""
    if fmt in ("json", "ndjson"):
        # DuckDB reads JSON numbers as doubles, which is no check of eighteen digits.
        with path.open(encoding="utf-8") as lines:
            return _add_up(
                (
                    (1, record.get("BillingCurrency"), *(record[name] for name in totalled))
                    for record in _json_records(lines)
                ),
                totalled,
            )
    texts = ", ".join(f"'{name}': 'varchar'" for name in columns)
    reader = {
        "parquet": f"read_parquet({_literal(path)})",
        "csv": f"read_csv({_literal(path)}, columns = {{{texts}}}, header = true, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '', auto_detect = false)",
    }[fmt]
    with duckdb.connect() as connection:
        return _totals(connection, f"{reader} as charges", totalled)


def _literal(path: Path) -> str:
    """Path as an SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


def _json_records(lines: Iterable[str]) -> Iterator[dict]:
    """Objects of a JSON file that has one per line, in an array or not."""
    for line in lines:
        text = line.strip().removesuffix(",")
        if text not in ("", "[", "]"):
            yield json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _add_up(parts: Iterable[tuple], totalled: tuple[str, ...]) -> tuple[int, Totals]:
    """Adds up parts of (rows, currency, one amount per totalled column), exactly.

    Null is no amount: a commitment in units has no cost.
    """
    rows = 0
    totals: Totals = defaultdict(lambda: dict.fromkeys(totalled, Decimal(0)))
    # The default context would round at 28 digits.
    with decimal.localcontext(prec=76):
        for count, currency, *sums in parts:
            rows += count
            for name, value in zip(totalled, sums, strict=True):
                totals[currency][name] += value or 0
    return rows, {currency: totals[currency] for currency in sorted(totals, key=str)}
