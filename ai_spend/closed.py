"""Closed months as DuckDB sources: the files that `ai-spend close` wrote.

dbt-duckdb loads this module as a plugin (see profiles.yml). It keeps two table macros beside those
of ai_spend.landing, which offers all on every connection; the dbt source `closed` points at them:

* ``closed_files()``: one row per file of a closed month, with what its manifest says and, where the
  two do not agree, the reason why it cannot be used;
* ``closed_file_charges()``: the charges in the files that can be used. Without any it has no rows,
  so a company that closes nothing needs no folder and no setting.

The folder is laid out as ``<billing month>/<service or all>.parquet``, the manifest of each file
beside it as ``<service or all>.manifest.json``. ``AI_SPEND_CLOSED`` names it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from ai_spend.landing import SCANNED

DEFAULT_CLOSED = "closed"
ALL = "all"


@dataclass(frozen=True)
class ClosedFile:
    """A file of a closed month. ``closed_file`` is its path below the folder of closed months.

    ``service`` is None where the file holds all services that no other file of the month holds.
    ``totals`` is the manifest's, as JSON text. ``problem`` says why the file cannot be used.
    """

    closed_file: str
    billing_month: str
    service: str | None
    row_count: int | None
    totals: str | None
    problem: str | None


FILE_TYPE = (
    "STRUCT(closed_file VARCHAR, billing_month DATE, service VARCHAR, row_count BIGINT, "
    "totals VARCHAR, problem VARCHAR)[]"
)


def closed_root() -> Path:
    """The folder of closed months."""
    return Path(os.environ.get("AI_SPEND_CLOSED", DEFAULT_CLOSED))


def file_name(month: date, service: str | None) -> str:
    """Path of a closed month below the folder."""
    return f"{month:%Y-%m}/{quote(service, safe='') if service else ALL}.parquet"


def manifest_of(path: Path) -> Path:
    """The manifest that lies beside a file of a closed month."""
    return path.with_suffix(".manifest.json")


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def scan(root: Path) -> list[ClosedFile]:
    """The files of closed months below the folder, each held against its manifest."""
    return [_describe(root, path) for path in sorted(root.glob("????-??/*.parquet"))]


def _describe(root: Path, path: Path) -> ClosedFile:
    service = None if path.stem == ALL else unquote(path.stem)
    month = f"{path.parent.name}-01"
    name = path.relative_to(root).as_posix()
    try:
        manifest = json.loads(manifest_of(path).read_text(encoding="utf-8"))
        rows, totals, sha256 = manifest["rows"], manifest["totals"], manifest["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        problem = f"has no readable manifest {manifest_of(path).name}"
        return ClosedFile(name, month, service, None, None, problem)
    problem = None
    if sha256_of(path) != sha256:
        problem = "was altered after the month was closed (its SHA-256 is not the manifest's)"
    return ClosedFile(name, month, service, rows, json.dumps(totals), problem)


def _literal(value: Any) -> str:
    """A Python value as a DuckDB literal."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{key}': {_literal(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def keep_sources(
    connection: duckdb.DuckDBPyConnection, root: Path, files: list[ClosedFile]
) -> None:
    """Create ``closed_files()`` and ``closed_file_charges()`` beside the macros of landing."""
    listed = _literal([asdict(file) for file in files])
    connection.execute(f"attach if not exists ':memory:' as {SCANNED}")
    connection.execute(
        f"create or replace macro {SCANNED}.closed_files() as table "
        f"select unnest({listed}::{FILE_TYPE}, max_depth := 2)"
    )
    paths = [f"{root.as_posix()}/{file.closed_file}" for file in files if not file.problem]
    # A glob or list without files raises, and without rows nobody asks for more columns.
    charges = "select null::varchar as charge_id, null::varchar as closed_file where false"
    if paths:
        charges = (
            f"select * exclude (filename), filename[{len(root.as_posix()) + 2}:] as closed_file "
            f"from read_parquet({_literal(paths)}, union_by_name = true, filename = true)"
        )
    connection.execute(
        f"create or replace macro {SCANNED}.closed_file_charges() as table {charges}"
    )


class Plugin(BasePlugin):
    """dbt-duckdb's entry point: scan once per process."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        self._files: list[ClosedFile] | None = None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        if self._files is None:
            self._files = scan(closed_root())
        keep_sources(conn, closed_root(), self._files)
