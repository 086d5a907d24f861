"""Closes a billing month: keeps its charges as they are booked.

The charges of the finished build are written to a file of the folder of closed months (see
ai_spend.closed), with a manifest of their rows, totals and SHA-256, and the month gets its line in
the seed closes. From then on the build takes the month from the file, and what changes in it is
booked as corrections in the first open month.
"""

import csv
import decimal
import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from ai_spend import closed
from ai_spend.landing import is_url, landing_root
from ai_spend.metadata import project_version, updated_at

SEED = Path("seeds") / "organisation" / "closes.csv"
COSTS = ("billed_cost", "effective_cost", "list_cost")
FAILED = ("error", "fail", "runtime error", "partial success")


class CloseError(Exception):
    """The month is not closed; the message says why and what to do."""


@dataclass(frozen=True)
class Closing:
    """A closed month: its file, its totals as the manifest has them, and what to look at."""

    path: Path
    month: date
    service: str | None
    rows: int
    totals: list[dict]
    warnings: list[str]


@dataclass(frozen=True)
class Line:
    """A line of the seed closes."""

    month: date
    service: str | None
    closed_at: str
    note: str | None


def closed_lines(project: Path) -> list[Line]:
    """What the seed says is closed."""
    path = project / SEED
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Line(
                date.fromisoformat(row["billing_month"]),
                row["service"] or None,
                row["closed_at"],
                row["note"] or None,
            )
            for row in csv.DictReader(file)
        ]


def close(
    db: Path,
    project: Path,
    month: date,
    service: str | None = None,
    note: str = "",
    force: bool = False,
    at: datetime | None = None,
) -> Closing:
    """Closes the month for the service, or for all services that are not closed in it yet.

    Nothing is overwritten: the file and its manifest are written beside their places, read back,
    and renamed; the seed gets its line last. force: also when the month is not over or files are
    newer than the build. Raises CloseError.
    """
    at = at or datetime.now(UTC)
    lines = closed_lines(project)
    closed_services = [line.service for line in lines if line.month == month]
    if None in closed_services or service in closed_services:
        raise CloseError(
            f"{month:%B %Y} is already closed{_for(service)}. What has changed since is booked as "
            "corrections in the first open month."
        )
    if not force:
        _check_the_clock(db, project, month, at)
    _check_the_build(project)
    root = project / closed.closed_root()
    path = root / closed.file_name(month, service)
    manifest_path = closed.manifest_of(path)
    for place in (path, manifest_path):
        if place.exists():
            raise CloseError(
                f"{place} exists, but {SEED} has no line for it. Add the line, or move the file "
                "away if the month was never closed."
            )
    if service:
        condition = f"service = {_literal(service)}"
    else:
        listed = ", ".join(_literal(name) for name in closed_services) or "''"
        condition = f"service not in ({listed})"
    charges = (
        f"main.charge where billing_period_start >= date '{month}' "
        f"and billing_period_start < date '{month}' + interval '1 month' and {condition}"
    )
    beside = path.with_name(f".{path.name}.tmp")
    manifest_beside = manifest_path.with_name(f".{manifest_path.name}.tmp")
    try:
        with _connect(db) as connection:
            totals = _totals(connection, charges)
            rows = sum(total["rows"] for total in totals)
            if not rows:
                raise CloseError(
                    f"The build has no charges in {month:%B %Y}{_for(service)}: nothing to close."
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"copy (select * from {charges} order by charge_id) "
                f"to {_literal(beside)} (format parquet, compression zstd)"
            )
            if _totals(connection, f"read_parquet({_literal(beside)})") != totals:
                raise CloseError(f"{path} was not written: its totals differ from the build's.")
            warnings = _warnings(connection, lines, month, service, totals)
        manifest = {
            "billing_month": f"{month:%Y-%m}",
            "service": service,
            "closed_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "project_version": project_version(),
            "rows": rows,
            "sha256": closed.sha256_of(beside),
            "totals": totals,
        }
        manifest_beside.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        manifest_beside.replace(manifest_path)
        beside.replace(path)
        _append(project / SEED, month, service, at, note)
    except (duckdb.Error, OSError) as error:
        raise CloseError(f"{month:%B %Y} was not closed: {error}") from error
    finally:
        beside.unlink(missing_ok=True)
        manifest_beside.unlink(missing_ok=True)
    return Closing(path, month, service, rows, totals, warnings)


def overview(project: Path) -> list[tuple[Line, closed.ClosedFile | None]]:
    """What the seed says is closed, each with its file; None where the file is lost."""
    files = {file.closed_file: file for file in closed.scan(project / closed.closed_root())}
    lines = sorted(closed_lines(project), key=lambda line: (line.month, line.service or ""))
    return [(line, files.get(closed.file_name(line.month, line.service))) for line in lines]


def _for(service: str | None) -> str:
    return f" for {service}" if service else ""


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _check_the_clock(db: Path, project: Path, month: date, at: datetime) -> None:
    """Refuses a month that is not over, and a build that is older than what it was made from."""
    if (at.year, at.month) <= (month.year, month.month):
        raise CloseError(
            f"{month:%B %Y} is not over yet (UTC). To close it all the same, say --force."
        )
    if not db.exists():
        raise CloseError(f"There is no database at {db}. Run `make build` first.")
    made_from = [path for path in (project / "seeds").rglob("*.csv") if path.name != SEED.name]
    if not is_url(landing_root()):
        landed = (project / landing_root()).rglob("*")
        made_from += [path for path in landed if path.is_file()]
    newest = max(made_from, key=lambda path: path.stat().st_mtime)
    if newest.stat().st_mtime > updated_at(db).timestamp():
        raise CloseError(
            f"The build is older than {newest}: build again, so that what is closed is what the "
            "files say. To close it as it was built, say --force."
        )


def failed_node(project: Path) -> str | None:
    """What failed in the last run of dbt, as its target folder says; None when nothing did."""
    results = project / os.environ.get("DBT_TARGET_PATH", "target") / "run_results.json"
    try:
        ran = json.loads(results.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return None
    return next((result["unique_id"] for result in ran if result["status"] in FAILED), None)


def _check_the_build(project: Path) -> None:
    """Refuses a build that dbt says has failed."""
    if node := failed_node(project):
        raise CloseError(
            f"The last run of dbt failed ({node}): a month is closed from a build whose tests "
            "passed."
        )


def _connect(db: Path) -> duckdb.DuckDBPyConnection:
    if not db.exists():
        raise CloseError(f"There is no database at {db}. Run `make build` first.")
    try:
        return duckdb.connect(db, read_only=True)
    except duckdb.Error as error:
        raise CloseError(f"{db} cannot be opened: {error}") from error


def _totals(connection: duckdb.DuckDBPyConnection, charges: str) -> list[dict]:
    """Rows and exact sums per service and currency of a FROM clause; amounts are texts."""
    sums = [f"cast(sum({cost}) as varchar)" for cost in COSTS]
    estimated = "x_cost_basis in ('Estimated', 'Stated')"
    query = (
        f"select service, billing_currency, count(*), {', '.join(sums)}, "
        f"cast(coalesce(sum(billed_cost) filter (where {estimated}), 0) as varchar) "
        f"from {charges} group by all order by all"
    )
    names = ("service", "billing_currency", "rows", *COSTS, "estimated_billed_cost")
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query).fetchall()]


def _warnings(
    connection: duckdb.DuckDBPyConnection,
    lines: list[Line],
    month: date,
    service: str | None,
    totals: list[dict],
) -> list[str]:
    """What whoever closes should know: earlier months that stay open, and money without a bill."""
    known = connection.execute(
        "select distinct cast(date_trunc('month', billing_period_start) as date), service "
        "from main.charge where billing_period_start < ? order by all",
        [month],
    ).fetchall()
    are_closed = {(line.month, line.service) for line in lines}
    still_open = sorted(
        {
            earlier
            for earlier, name in known
            if service in (None, name) and not are_closed & {(earlier, None), (earlier, name)}
        }
    )
    warnings = []
    if still_open:
        names = ", ".join(f"{earlier:%Y-%m}" for earlier in still_open)
        warnings.append(f"Earlier months are still open{_for(service)}: {names}.")
    for currency, amount in per_currency(totals, "estimated_billed_cost").items():
        if amount:
            warnings.append(
                f"No bill states {currency} {amount:,.2f} of it yet: what the bills say otherwise "
                "will be corrections."
            )
    return warnings


def per_currency(totals: list[dict], cost: str) -> dict[str, Decimal]:
    """Exact sum of a cost per currency; currencies are never added up."""
    sums: dict[str, Decimal] = {}
    # The default context would round at 28 digits.
    with decimal.localcontext(prec=76):
        for total in totals:
            currency = total["billing_currency"]
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(total[cost])
    return sums


def _append(path: Path, month: date, service: str | None, at: datetime, note: str) -> None:
    """Adds the line to the seed; the file beside it is renamed, so there is no half a line."""
    beside = path.with_name(f".{path.name}.tmp")
    text = path.read_text(encoding="utf-8")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text if text.endswith("\n") else f"{text}\n")
        row = (month.isoformat(), service or "", f"{at:%Y-%m-%d %H:%M:%S}", note)
        csv.writer(file, lineterminator="\n").writerow(row)
    beside.replace(path)
