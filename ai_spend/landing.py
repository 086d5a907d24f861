"""The landing folder as DuckDB sources: which raw files there are, and their lines.

dbt-duckdb loads this module as a plugin (see profiles.yml). On every connection it offers two
table macros that the dbt sources point at; what they read is made once per process:

* ``landing_files()``: one row per file below the landing folder, readable or not;
* ``landing_lines('<vendor>/<dataset>')``: one row per line of that dataset's readable files.
  A dataset without files yields no rows, so an absent vendor is neither an error nor a setting.
  A Parquet file is read as text too: its column names as the header line of a CSV file, then one
  JSON object per row, so that line 2 is its first row (the macro csv_records reads both).

Nothing is interpreted here: what a line means is decided in the vendor's staging folder. Lines
are streamed, never stored, because a log may contain prompts.

The landing folder is laid out as ``<vendor>/<dataset>/[<account>/]<file>``; files may be
gzipped. ``AI_SPEND_LANDING`` names it: a path, or an object-store URL that DuckDB can list.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

DEFAULT_LANDING = "landing/sample"
NO_ROWS = Path(__file__).with_name("no_rows.txt")
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_REMOTE_CHECK_BYTES = 64 * 1024 * 1024
NOT_DATA = re.compile(r"^[._]|\.(md|yml|yaml)$|(^|[-_.])manifest\.json$", re.IGNORECASE)
PARQUET = re.compile(r"\.(parquet|pq)$", re.IGNORECASE)
DATE_IN_NAME = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)(?!\d)")
BOM = b"\xef\xbb\xbf"

# One column per line: the separator is a control character that neither JSON nor CSV text holds.
READ_LINES = (
    "read_csv({files}, columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false, "
    "delim = '\\x1f', quote = '', escape = '', strict_mode = false, filename = true, "
    f"max_line_size = {MAX_LINE_BYTES})"
)


@dataclass(frozen=True)
class LandingFile:
    """One file below the landing folder.

    ``path`` is what DuckDB opens; ``source_file`` is the same below the landing folder, the only
    form that reaches a table. ``status`` is ``read``, ``duplicate`` (same bytes as another file
    of the dataset) or ``refused``. ``delivery_rank`` orders the files of a dataset from the
    oldest delivery to the newest: by the last date in the name, then modification time, then
    name. ``lines_before`` counts the lines of the text files that DuckDB reads before this one.
    ``parquet_header`` names the columns of a Parquet file, as a CSV line, ``parquet_types`` their
    types; null for text.
    """

    path: str
    source_file: str
    dataset: str | None
    account_folder: str | None
    file_bytes: int
    modified_at: float
    content_sha256: str | None
    line_count: int
    status: str
    problem: str | None
    delivered_on: str | None
    parquet_header: str | None
    parquet_types: str | None
    delivery_rank: int = 0
    lines_before: int = 0


def landing_root() -> str:
    """The landing folder or URL, without a trailing slash."""
    return os.environ.get("AI_SPEND_LANDING", DEFAULT_LANDING).rstrip("/").removeprefix("file://")


def is_url(root: str) -> bool:
    return "://" in root


def _below(root: str, path: str) -> str:
    """The path below root. Listings may spell the scheme's slashes differently than the root."""
    bare_root, bare_path = (re.sub(r"^[a-z0-9+.-]+:/*", "", text) for text in (root, path))
    return bare_path[len(bare_root) + 1 :]


def scan(root: str, conn: duckdb.DuckDBPyConnection, cache_file: Path | None = None):
    """List and check every file below ``root``.

    Unchanged files (same size and modification time) are not read again: their result is kept
    in ``cache_file``. Raises DbtRuntimeError when there is no file at all.
    """
    known = _load_cache(cache_file)
    files, seen = [], []
    for path, size, modified_at in sorted(_list_files(root, conn)):
        key = f"{path}|{size}|{modified_at}"
        if key not in known:
            known[key] = _check(path, size, conn)
        seen.append(key)
        files.append(_describe(root, path, size, modified_at, known[key]))
    if not files:
        raise DbtRuntimeError(
            f"No raw exports found in '{root}': put files into <vendor>/<dataset>/ below it "
            "(the README lists them), or point AI_SPEND_LANDING at the folder that holds them."
        )
    _save_cache(cache_file, {key: known[key] for key in seen})
    return _order(_mark_copies(files))


def _list_files(root: str, conn: duckdb.DuckDBPyConnection):
    """Yield (path, bytes, modification time) of the data files below root."""
    if is_url(root):
        listed = [p for (p,) in conn.execute("select file from glob(?)", [f"{root}/**"]).fetchall()]
        folders = {str(PurePosixPath(path).parent) for path in listed}
        names = [path for path in listed if str(PurePosixPath(path)) not in folders]
        if not names:
            return
        found = conn.execute(
            f"select filename, size, epoch(last_modified) from read_blob({_literal(names)})"
        ).fetchall()
    else:
        paths = [p for p in Path(root).rglob("*") if p.is_file()]
        found = [(p.as_posix(), p.stat().st_size, p.stat().st_mtime) for p in paths]
    for path, size, modified_at in found:
        if not any(NOT_DATA.search(part) for part in PurePosixPath(_below(root, path)).parts):
            yield path, int(size), float(modified_at or 0)


def _check(path: str, size: int, conn: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Read a file once: its hash, its number of lines, and why it cannot be used, if so."""
    try:
        sha256, problem = _hash_and_unzip(path, size, conn)
    except OSError as error:
        return {"sha256": None, "lines": 0, "problem": f"cannot be opened: {error.strerror}"}
    if problem:
        return {"sha256": sha256, "lines": 0, "problem": problem}
    if PARQUET.search(path):
        return {"sha256": sha256, **_check_parquet(path, conn)}
    try:
        count = f"select count(*) from {READ_LINES.format(files=_literal([path]))}"
        lines = conn.execute(count).fetchone()[0]
    except duckdb.Error as error:
        return {"sha256": sha256, "lines": 0, "problem": _plain_words(str(error))}
    return {"sha256": sha256, "lines": lines, "problem": None}


def _check_parquet(path: str, conn: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The header and the number of lines of a Parquet file; every value is read once."""
    try:
        columns = conn.execute("describe select * from read_parquet(?)", [path]).fetchall()
        counted = "select count(*), count(columns(*)) from read_parquet(?)"
        rows = conn.execute(counted, [path]).fetchone()[0]
    except duckdb.Error as error:
        problem = f"cannot be read as Parquet: {str(error).splitlines()[0]}"
        return {"lines": 0, "problem": problem}
    names = ('"' + column[0].replace('"', '""') + '"' for column in columns)
    return {
        "lines": rows + 1,
        "problem": None,
        "parquet_header": ",".join(names),
        "parquet_types": ",".join(column[1] for column in columns),
    }


def _hash_and_unzip(path: str, size: int, conn: duckdb.DuckDBPyConnection):
    """SHA-256 of the content, unzipped where it is a .gz, so that both forms of a file are one.

    A .gz is read to its end: DuckDB reads a truncated one silently.
    """
    if is_url(path):
        if size > MAX_REMOTE_CHECK_BYTES:
            return None, None
        content = conn.execute("select content from read_blob(?)", [path]).fetchone()[0]
        return _hash_stream(path, io.BytesIO(content))
    with open(path, "rb") as stream:
        return _hash_stream(path, stream)


def _hash_stream(path: str, stream: BinaryIO) -> tuple[str | None, str | None]:
    if not path.endswith(".gz"):
        return hashlib.file_digest(stream, "sha256").hexdigest(), None
    sha256 = hashlib.sha256()
    try:
        with gzip.open(stream) as unzipped:
            while block := unzipped.read(1 << 20):
                sha256.update(block)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return None, "truncated or damaged gzip file: fetch it again"
    return sha256.hexdigest(), None


def _plain_words(error: str) -> str:
    line = re.search(r"on Line: (\d+)", error)
    where = f" (line {line.group(1)})" if line else ""
    if "utf-8" in error.lower() or "unicode" in error.lower():
        return f"not UTF-8 text{where}: convert the file to UTF-8"
    if "maximum line size" in error.lower():
        return f"a line is longer than {MAX_LINE_BYTES} bytes{where}"
    return f"cannot be read as text{where}: {error.splitlines()[0]}"


def _describe(root: str, path: str, size: int, modified_at: float, check: dict) -> LandingFile:
    source_file = _below(root, path)
    parts = PurePosixPath(source_file).parts
    problem = check["problem"]
    if len(parts) < 3:
        problem = "not in a <vendor>/<dataset>/ folder"
    dates = DATE_IN_NAME.findall(parts[-1])
    return LandingFile(
        path=path,
        source_file=source_file,
        dataset="/".join(parts[:2]) if len(parts) >= 3 else None,
        account_folder="/".join(parts[2:-1]) or None,
        file_bytes=size,
        modified_at=modified_at,
        content_sha256=check["sha256"],
        line_count=check["lines"],
        status="refused" if problem else "read",
        problem=problem,
        delivered_on="-".join(dates[-1]) if dates else None,
        parquet_header=check.get("parquet_header"),
        parquet_types=check.get("parquet_types"),
    )


def _delivery_order(file: LandingFile):
    return (file.dataset or "", file.delivered_on or "", file.modified_at, file.source_file)


def _mark_copies(files: list[LandingFile]) -> list[LandingFile]:
    """Read identical bytes once: of copies in one dataset and account, the best named is kept.

    Two copies whose names state different dates are two deliveries (a snapshot in which nothing
    changed, or a page about another day), not a copy.
    """
    kept: dict[tuple, dict[tuple | None, LandingFile]] = {}
    marked = []
    for file in sorted(files, key=lambda f: (f.delivered_on is None, f.source_file)):
        key = (file.dataset, file.account_folder, file.content_sha256)
        deliveries = kept.setdefault(key, {})
        dates = tuple(DATE_IN_NAME.findall(PurePosixPath(file.source_file).name)) or None
        undated = next(iter(deliveries.values()), None) if dates is None else None
        copy_of = deliveries.get(dates, undated)
        if file.status == "read" and file.content_sha256 and copy_of:
            problem = f"same content as {copy_of.source_file}"
            file = replace(file, status="duplicate", problem=problem)
        else:
            deliveries[dates] = file
        marked.append(file)
    return marked


def _order(files: list[LandingFile]) -> list[LandingFile]:
    """Number the files by delivery and by the order in which DuckDB reads their lines."""
    ordered, lines_before = [], {}
    for rank, file in enumerate(sorted(files, key=_delivery_order), start=1):
        before = lines_before.get(file.dataset, 0)
        ordered.append(replace(file, delivery_rank=rank, lines_before=before))
        if file.status == "read" and file.parquet_header is None:
            lines_before[file.dataset] = before + file.line_count
    return ordered


def _load_cache(cache_file: Path | None) -> dict[str, Any]:
    if cache_file is None or not cache_file.exists():
        return {}
    try:
        return json.loads(cache_file.read_text())
    except (OSError, ValueError):
        return {}


def _save_cache(cache_file: Path | None, checks: dict[str, Any]) -> None:
    if cache_file is None:
        return
    cache_file.parent.mkdir(parents=True, exist_ok=True)
    beside = cache_file.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(json.dumps(checks))
    beside.replace(cache_file)


def _literal(value: Any) -> str:
    """A Python value as a DuckDB literal."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{k}': {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


FILE_TYPE = (
    "STRUCT(path VARCHAR, source_file VARCHAR, dataset VARCHAR, account_folder VARCHAR, "
    "file_bytes BIGINT, modified_at DOUBLE, content_sha256 VARCHAR, line_count BIGINT, "
    "status VARCHAR, problem VARCHAR, delivered_on DATE, parquet_header VARCHAR, "
    "parquet_types VARCHAR, delivery_rank BIGINT, lines_before BIGINT)[]"
)


# Kept beside the build database, in memory: made once per process, seen by each of its connections.
SCANNED = "landing_scan"


def keep_sources(connection: duckdb.DuckDBPyConnection, files: list[LandingFile]) -> None:
    """Create the macros ``landing_files()`` and ``landing_lines(dataset)`` in ``landing_scan``."""
    text: dict[str, list[str]] = {}
    parquet: dict[tuple, list[str]] = {}
    for file in files:
        if file.status == "read" and file.parquet_header is None:
            text.setdefault(file.dataset, []).append(file.path)
        elif file.status == "read":
            # Files of one schema are read together: a common type of several could round.
            schema = (file.dataset, file.parquet_header, file.parquet_types)
            parquet.setdefault(schema, []).append(file.path)
    by_dataset = ", ".join(f"{_literal(d)}: {_literal(p)}" for d, p in text.items())
    connection.execute(f"attach if not exists ':memory:' as {SCANNED}")
    connection.execute(
        f"create or replace table {SCANNED}.files as "
        f"select unnest({_literal([asdict(f) for f in files])}::{FILE_TYPE}, max_depth := 2)"
    )
    connection.execute(
        f"create or replace macro {SCANNED}.landing_files() as table from {SCANNED}.files"
    )
    paths = f"(map {{{by_dataset}}}::MAP(VARCHAR, VARCHAR[]))[wanted]"
    readable = f"coalesce({paths}, [{_literal(NO_ROWS.as_posix())}])"
    parquet_rows = "".join(
        f"""
            union all
            select
                files,
                parquet_row.file_row_number + 2 as source_line,
                cast(to_json(parquet_row) as varchar) as line
            from read_parquet(
                {_literal(paths)}, filename = true, file_row_number = true
            ) as parquet_row
            inner join {SCANNED}.files on parquet_row.filename = files.path
            where wanted = {_literal(dataset)}
        """
        for (dataset, *_), paths in parquet.items()
    )
    connection.execute(f"""
        create or replace macro {SCANNED}.landing_lines(wanted) as table
        with text_lines as (
            select filename, row_number() over () as read_order, line
            from {READ_LINES.format(files=readable)}
        ),
        lines as (
            select files, lines.read_order - files.lines_before as source_line, lines.line
            from text_lines as lines
            inner join {SCANNED}.files on lines.filename = files.path
            where lines.line is not null
            union all
            select files, 1 as source_line, files.parquet_header as line
            from {SCANNED}.files
            where
                files.dataset = wanted and files.status = 'read'
                and files.parquet_header is not null
            {parquet_rows}
        )
        select
            files.dataset as source_dataset,
            files.source_file,
            source_line,
            files.account_folder,
            files.delivered_on,
            files.delivery_rank,
            ltrim(line, chr(65279)) as line
        from lines
    """)


def offer_sources(cursor: duckdb.DuckDBPyConnection) -> None:
    """Offer the kept macros on a connection by their bare names: dbt opens one per node."""
    cursor.execute(
        f"create or replace temp macro landing_files() as table from {SCANNED}.landing_files()"
    )
    cursor.execute(
        "create or replace temp macro landing_lines(wanted) as table "
        f"from {SCANNED}.landing_lines(wanted)"
    )


class Plugin(BasePlugin):
    """dbt-duckdb's entry point: scan once per process, offer the sources on each connection."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        self._files: list[LandingFile] | None = None

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        # The first build of a new database would fail on a folder that is not there yet.
        Path(creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        if self._files is None:
            target = Path(os.environ.get("DBT_TARGET_PATH", "target"))
            self._files = scan(landing_root(), conn, target / "landing_cache.json")
        keep_sources(conn, self._files)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        offer_sources(cursor)
