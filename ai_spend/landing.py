"""The landing folder as DuckDB sources: which raw files there are, and their lines.

dbt-duckdb loads this module as a plugin (see profiles.yml). On every connection it offers two
table macros that the dbt sources point at; they are made once per process:

* ``landing_files()``: one row per file below the landing folder, readable or not;
* ``landing_lines('<vendor>/<dataset>')``: one row per line of that dataset's readable files.
  A dataset without files yields no rows, so an absent vendor is neither an error nor a setting.
  A Parquet file is read as text too: its column names as the header line of a CSV file, then one
  JSON object per row, so that line 2 is its first row (the macro csv_records reads both).

Nothing is interpreted here: what a line means is decided in the vendor's staging folder. Lines
are streamed, never stored, because a log may contain prompts.

The landing folder is laid out as ``<vendor>/<dataset>/[<any folders>/]<file>``; files may be
gzipped. ``AI_SPEND_LANDING`` names it: a path, or an object-store URL that DuckDB can list.
A folder ``account=NAME`` names the account of what lies in it, and so does a row of the register
``seeds/organisation/landing_accounts.csv``; every other folder is only a place.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import zlib
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

DEFAULT_LANDING = "landing/sample"
NO_ROWS = Path(__file__).with_name("no_rows.txt")
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_REMOTE_CHECK_BYTES = 64 * 1024 * 1024
ACCOUNT_REGISTER = Path(__file__).parents[1] / "seeds" / "organisation" / "landing_accounts.csv"
NOT_DATA = re.compile(r"^[._]|\.(md|yml|yaml)$", re.IGNORECASE)
MANIFEST = re.compile(r"(^|[-_.])manifest\.json$", re.IGNORECASE)
PARQUET = re.compile(r"\.(parquet|pq)$", re.IGNORECASE)
# A date in a name: digits beside it make it a part of a longer number, such as an account id.
DATE = r"(?<!\d)(20\d\d-\d\d-\d\d|20\d{6})(?!\d)"
DATE_IN_NAME = re.compile(DATE)
MONTH_IN_NAME = re.compile(r"(?<![\d-])(20\d\d)-(0[1-9]|1[0-2])(?![\d-])")
DELIVERY_DATE = re.compile(rf"(?:exported|pulled|__)[-_ .]*(?:on|at)?[-_ .]*{DATE}", re.IGNORECASE)
TIME_IN_NAME = re.compile(rf"{DATE}[T_ -]?(\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?(?!\d)", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
ACCOUNT_IN_NAME = re.compile(r"account=(.+)", re.IGNORECASE)
# Folders that change from delivery to delivery: of a date, a month, a run, a partition or an id.
PASSING = re.compile(rf"{DATE}|(?<!\d)20\d\d-\d\d(?!\d)|=|^\d+$|{UUID.pattern}", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 2015, 2100
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
    of the dataset), ``manifest`` (says what a delivery holds) or ``refused``. ``folder`` is the
    path between dataset and file, ``place`` what is left of it without dates, ids and accounts.
    Files of one ``delivery`` were delivered together;
    ``delivered_at`` is when, ``order_known_by`` how that is known. ``delivery_rank`` orders the
    files of a dataset from the oldest delivery to the newest, those of one delivery together.
    ``is_complete`` is false where a manifest names files or rows that are not there, and beside a
    refused file of the same export. The period, whose end is exclusive, is what a manifest states
    or the path names, with ``period_known_by``.
    ``lines_before`` counts the lines of the text files that DuckDB reads before this one.
    ``parquet_header`` names the columns of a Parquet file, as a CSV line, ``parquet_types`` their
    types; null for text.
    """

    path: str
    source_file: str
    dataset: str | None
    account_folder: str | None
    folder: str | None
    place: str | None
    file_bytes: int
    modified_at: float
    content_sha256: str | None
    line_count: int
    status: str
    problem: str | None
    delivered_on: str | None
    delivered_at: str | None
    delivery: str
    order_known_by: str
    manifest: str | None
    is_complete: bool
    period_from: str | None
    period_to: str | None
    period_known_by: str | None
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
    accounts = _registered_accounts()
    files, seen, known_manifests = [], [], {}
    for path, size, modified_at in sorted(_list_files(root, conn)):
        key = f"{path}|{size}|{modified_at}"
        if key not in known:
            known[key] = _check(path, size, conn)
        seen.append(key)
        files.append(_describe(root, path, size, modified_at, known[key], accounts))
        if known[key].get("manifest"):
            known_manifests[files[-1].source_file] = Manifest(**known[key]["manifest"])
    if not files:
        raise DbtRuntimeError(
            f"No raw exports found in '{root}': put files into <vendor>/<dataset>/ below it "
            "(the README lists them), or point AI_SPEND_LANDING at the folder that holds them."
        )
    _save_cache(cache_file, {key: known[key] for key in seen})
    return _order(_mark_copies(_mark_torn(_apply_manifests(files, known_manifests))))


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
    if MANIFEST.search(PurePosixPath(path).name):
        manifest = _read_manifest(path, conn)
        return {"sha256": sha256, "lines": 0, "problem": None, "manifest": asdict(manifest)}
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


def _registered_accounts() -> dict[str, str]:
    """Accounts by the path below the landing folder that the register gives them."""
    if not ACCOUNT_REGISTER.exists():
        return {}
    with ACCOUNT_REGISTER.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        row["path_prefix"].strip().strip("/"): row["account_id"].strip()
        for row in rows
        if row["path_prefix"].strip().strip("/") and row["account_id"].strip()
    }


def _account_of(source_file: str, folders: tuple[str, ...], accounts: dict[str, str]) -> str | None:
    """The account that the longest path of the register or the innermost folder names."""
    parts = source_file.split("/")
    for length in range(len(parts), 0, -1):
        if account := accounts.get("/".join(parts[:length])):
            return account
    named = [match.group(1) for name in folders if (match := ACCOUNT_IN_NAME.fullmatch(name))]
    return named[-1] if named else None


def dates_in(name: str, pattern: re.Pattern = DATE_IN_NAME) -> list[date]:
    """The dates that a file or folder name holds; other digits are no dates."""
    found = []
    for match in pattern.finditer(UUID.sub("", name)):
        try:
            day = date.fromisoformat(match.group(1))
        except ValueError:
            continue
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            found.append(day)
    return found


def _time_in(name: str) -> str | None:
    """The moment that a name holds, as sortable text: the day, and the time where there is one."""
    text = UUID.sub("", name)
    for match in reversed(list(TIME_IN_NAME.finditer(text))):
        day, hour, minute, second = match.groups()
        try:
            moment = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second or '00'}")
        except ValueError:
            continue
        if dates_in(match.group(0)):
            return moment.isoformat()
    return None


def _delivery_of(name: str, folders: tuple[str, ...]) -> dict[str, str | None]:
    """When a file was delivered, as its path says, and which files were delivered with it.

    A date that the name marks as that of the delivery (exported, pulled, after ``__``) goes before
    the time of a run's folder, and that before other dates of the name and of folders: those may
    be days that the file is about, and it was not delivered before the last of them. A folder of
    two dates is a period. An undated file was delivered with those of its folder.
    """
    marked = dates_in(name, DELIVERY_DATE)
    runs = [folder for folder in folders if len(dates_in(folder)) == 1 and _time_in(folder)]
    in_name = dates_in(name)[-1:]
    in_folders = [dates_in(folder)[0] for folder in folders if len(dates_in(folder)) == 1][-1:]
    if not marked and runs:
        moment = _time_in(runs[-1])
        known_by, delivery, at = "folder", runs[-1], moment
    elif marked or in_name or in_folders:
        day = marked[-1] if marked else max(in_name + in_folders)
        known_by = "file name" if marked or day in in_name else "folder"
        delivery = at = day.isoformat()
    else:
        known_by, delivery, at = "modification time", "/".join(folders) or ".", None
    return {
        "delivered_on": at and at[:10],
        "delivered_at": at,
        "delivery": delivery,
        "order_known_by": known_by,
    }


def _named_period(name: str, folders: tuple[str, ...]) -> dict[str, str | None]:
    """The days that a path says its file is about: from two dates, or a month; the end exclusive.

    A single date that nothing marks is that of the delivery. Of two first days of a month the
    second is the end, as AWS writes it, all other last days are part of the period.
    """
    texts = [DELIVERY_DATE.sub("", name), *reversed(folders)]
    for text in texts:
        days = dates_in(text)
        if len(days) > 1 and days[0] <= days[-1]:
            first, last = days[0], days[-1]
            is_end = first.day == last.day == 1 and first < last
            return _period(first, last if is_end else last + timedelta(days=1))
    for text in texts:
        if month := MONTH_IN_NAME.search(text):
            first = date(int(month.group(1)), int(month.group(2)), 1)
            return _period(first, (first + timedelta(days=31)).replace(day=1))
    days = dates_in(texts[0])
    if days and texts[0] != name:
        return _period(days[0], days[0] + timedelta(days=1))
    return dict.fromkeys(("period_from", "period_to", "period_known_by"))


def _period(first: date, end: date, known_by: str = "file name") -> dict[str, str | None]:
    return {
        "period_from": first.isoformat(),
        "period_to": end.isoformat(),
        "period_known_by": known_by,
    }


def _describe(
    root: str, path: str, size: int, modified_at: float, check: dict, accounts: dict[str, str]
) -> LandingFile:
    source_file = _below(root, path)
    parts = PurePosixPath(source_file).parts
    folders = parts[2:-1]
    problem = check["problem"]
    if len(parts) < 3:
        problem = "not in a <vendor>/<dataset>/ folder"
    return LandingFile(
        path=path,
        source_file=source_file,
        dataset="/".join(parts[:2]) if len(parts) >= 3 else None,
        account_folder=_account_of(source_file, folders, accounts),
        folder="/".join(folders) or None,
        place="/".join(f for f in folders if not PASSING.search(f)) or None,
        file_bytes=size,
        modified_at=modified_at,
        content_sha256=check["sha256"],
        line_count=check["lines"],
        status="refused" if problem else "manifest" if check.get("manifest") else "read",
        problem=problem or (check.get("manifest") or {}).get("problem"),
        manifest=None,
        is_complete=True,
        **_named_period(parts[-1], folders),
        parquet_header=check.get("parquet_header"),
        parquet_types=check.get("parquet_types"),
        **_delivery_of(parts[-1], folders),
    )


@dataclass(frozen=True)
class Manifest:
    """What a cloud writes beside an export: when it was made, and the files that it holds.

    ``rows`` are those that the manifest states for each file, null where it states none;
    ``first_day`` and ``last_day`` the days that it says are in it.
    """

    run: str | None = None
    submitted_at: str | None = None
    files: tuple[str, ...] = ()
    rows: tuple[int | None, ...] = ()
    first_day: str | None = None
    last_day: str | None = None
    problem: str | None = None


def _read_manifest(path: str, conn: duckdb.DuckDBPyConnection) -> Manifest:
    """Azure's manifest (blobs, runInfo), or AWS's (dataFiles; reportKeys of older reports)."""
    unknown = Manifest(problem="a manifest in a form that is not known: not used")
    try:
        content = conn.execute("select content from read_text(?)", [path]).fetchone()[0]
        said = json.loads(content)
    except (ValueError, duckdb.Error):
        return unknown
    if not isinstance(said, dict):
        return unknown
    run = said.get("runInfo") if isinstance(said.get("runInfo"), dict) else said
    names, rows = [], []
    for listed in next((said[k] for k in MANIFEST_LISTS if isinstance(said.get(k), list)), []):
        blob = listed if isinstance(listed, dict) else {"blobName": listed}
        name = blob.get("blobName")
        if not isinstance(name, str) or not name:
            return unknown
        names.append(re.sub(r"^[a-z0-9]+://[^/]*/", "", name))
        count = blob.get("dataRowCount")
        rows.append(count if isinstance(count, int) else None)
    if not names:
        return unknown
    run_id = next((str(run[k]) for k in MANIFEST_RUNS if run.get(k)), None)
    submitted_at = next((m for k in MANIFEST_TIMES if (m := _utc_text(run.get(k)))), None)
    days = [m and m[:10] for k in ("startDate", "endDate") for m in [_utc_text(run.get(k))]]
    return Manifest(run_id, submitted_at, tuple(names), tuple(rows), *days)


MANIFEST_LISTS = ("blobs", "dataFiles", "reportKeys")
MANIFEST_RUNS = ("runId", "executionId", "assemblyId")
MANIFEST_TIMES = ("submittedTime", "executionCreatedAt", "exportTime", "createdAt")


def _utc_text(value: Any) -> str | None:
    """A moment as sortable text in UTC; digits beyond a microsecond are dropped."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"([.]\d{6})\d+", r"\1", value.strip()))
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _apply_manifests(files: list[LandingFile], manifests: dict[str, Manifest]) -> list[LandingFile]:
    """Give the files that a manifest lists its run and time, and say what is missing of them.

    Of several manifests that list a file the newest counts: an export that is overwritten leaves
    one manifest per run and the data of the last.
    """
    by_path = {file.source_file: file for file in files}
    data: dict[tuple, list[LandingFile]] = {}
    for file in files:
        if file.source_file not in manifests:
            data.setdefault((file.dataset, PurePosixPath(file.source_file).name), []).append(file)

    def when(name: str) -> tuple:
        return (manifests[name].submitted_at or "", by_path[name].delivered_at or "",
                by_path[name].modified_at, name)  # fmt: skip

    for name in sorted(manifests, key=when):
        manifest, own = manifests[name], by_path[name]
        at = manifest.submitted_at
        if own.status == "refused" or not manifest.files:
            continue
        stated = {}
        if at:
            stated = {
                "delivery": f"{at} {manifest.run or own.delivery}",
                "delivered_at": at,
                "delivered_on": at[:10],
                "order_known_by": "manifest",
            }
        if manifest.first_day and manifest.last_day:
            end = date.fromisoformat(manifest.last_day) + timedelta(days=1)
            stated |= _period(date.fromisoformat(manifest.first_day), end, "stated period")
        missing, short, listed_files = [], [], []
        for listed, rows in zip(manifest.files, manifest.rows, strict=True):
            file = _listed_file(listed, own, data)
            if file is None:
                missing.append(listed)
                continue
            file = by_path[file.source_file]
            held = file.line_count - 1
            if file.status == "refused":
                short.append(f"{file.source_file} cannot be read")
            elif rows is not None and held < rows:
                short.append(f"{file.source_file} holds {max(held, 0)} of {rows} rows")
            by_path[file.source_file] = replace(file, manifest=name, **stated)
            listed_files.append(file.source_file)
        problem = "; ".join(
            ([f"{len(missing)} of {len(manifest.files)} files are missing, such as {missing[0]}"]
             if missing else []) + short
        ) or None  # fmt: skip
        by_path[name] = replace(own, problem=problem, **stated)
        for source_file in [name, *listed_files]:
            by_path[source_file] = replace(by_path[source_file], is_complete=problem is None)
    return list(by_path.values())


def _listed_file(
    listed: str, manifest: LandingFile, data: dict[tuple, list[LandingFile]]
) -> LandingFile | None:
    """The landed file that a manifest means by a path of its own store.

    It lies beside the manifest, or its path ends as the listed one, the longest such, with its
    folder at least. Downloads may drop the ending of a gzipped file.
    """
    parts = listed.split("/")
    name = parts[-1]
    beside = str(PurePosixPath(manifest.source_file).parent)
    found: list[tuple[int, LandingFile]] = []
    for spelling in {name, name.removesuffix(".gz")}:
        for file in data.get((manifest.dataset, spelling), []):
            folders = PurePosixPath(file.source_file).parts[2:-1]
            same = 0
            for ours, theirs in zip(reversed(folders), reversed(parts[:-1]), strict=False):
                if ours != theirs:
                    break
                same += 1
            if str(PurePosixPath(file.source_file).parent) == beside:
                return file
            if same:
                found.append((same, file))
    longest = max((same for same, _ in found), default=0)
    best = [file for same, file in found if same == longest]
    return best[0] if len(best) == 1 else None


def _order(files: list[LandingFile]) -> list[LandingFile]:
    """Number the files by delivery and by the order in which DuckDB reads their lines.

    Deliveries are ordered by their time; those that state none are the oldest, by the newest
    modification time of their files. Files of one delivery follow each other.
    """
    deliveries: dict[tuple, list[LandingFile]] = {}
    for file in files:
        deliveries.setdefault((file.dataset or "", file.delivery), []).append(file)

    def delivery_order(key: tuple) -> tuple:
        together = deliveries[key]
        at = max(file.delivered_at or "" for file in together)
        return (key[0], at, max(f.modified_at for f in together), key[1])

    ordered, lines_before = [], {}
    for key in sorted(deliveries, key=delivery_order):
        within = sorted(deliveries[key], key=lambda f: (f.modified_at, f.source_file))
        for file in within:
            before = lines_before.get(file.dataset, 0)
            rank = len(ordered) + 1
            ordered.append(replace(file, delivery_rank=rank, lines_before=before))
            if file.status == "read" and file.parquet_header is None:
                lines_before[file.dataset] = before + file.line_count
    return ordered


def _mark_torn(files: list[LandingFile]) -> list[LandingFile]:
    """Beside a file that cannot be read, those of its delivery, folder and kind are incomplete.

    They may be chunks of one export. A refused copy, zipped or not, of a file that is there lacks
    nothing.
    """

    def unzipped(file: LandingFile) -> str:
        return file.source_file.removesuffix(".gz")

    def export(file: LandingFile) -> tuple:
        kind = PurePosixPath(unzipped(file)).suffix
        return file.dataset, file.delivery, file.folder, kind

    there = {unzipped(file) for file in files if file.status == "read"}
    torn = {export(f) for f in files if f.status == "refused" and unzipped(f) not in there}
    return [replace(f, is_complete=False) if export(f) in torn else f for f in files]


def _mark_copies(files: list[LandingFile]) -> list[LandingFile]:
    """Read identical bytes once: of copies in one dataset and account, the best named is kept.

    A place is no account: the same bytes in two folders are one. Two copies whose paths state
    different dates are two deliveries (a snapshot in which nothing changed, or a page about
    another day), not a copy. A copy outside any account's folder is one of that account.
    """
    kept: dict[tuple, dict[tuple | None, LandingFile]] = {}
    marked = []
    best_first = sorted(
        files, key=lambda f: (f.account_folder is None, f.delivered_at is None, f.source_file)
    )
    for file in best_first:
        of_account = (file.dataset, file.content_sha256, file.account_folder)
        of_any = (file.dataset, file.content_sha256, None)
        dates = _stated_dates(file)
        deliveries = kept.get(of_account, {})
        undated = next(iter(deliveries.values()), None) if dates is None else None
        copy_of = deliveries.get(dates, undated)
        if file.status == "read" and file.content_sha256 and copy_of:
            problem = f"same content as {copy_of.source_file}"
            file = replace(file, status="duplicate", problem=problem)
        elif file.status == "read":
            kept.setdefault(of_account, {})[dates] = file
            kept.setdefault(of_any, {}).setdefault(dates, file)
        marked.append(file)
    return marked


def _stated_dates(file: LandingFile) -> tuple | None:
    """What a path says of the time of its content; null when it says nothing."""
    in_name = tuple(dates_in(PurePosixPath(file.source_file).name))
    return (file.delivered_at, in_name) if file.delivered_at or in_name else None


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
    "folder VARCHAR, place VARCHAR, file_bytes BIGINT, modified_at DOUBLE, content_sha256 VARCHAR, "
    "line_count BIGINT, status VARCHAR, problem VARCHAR, delivered_on DATE, "
    "delivered_at TIMESTAMP, delivery VARCHAR, order_known_by VARCHAR, manifest VARCHAR, "
    "is_complete BOOLEAN, period_from DATE, period_to DATE, period_known_by VARCHAR, "
    "parquet_header VARCHAR, parquet_types VARCHAR, delivery_rank BIGINT, lines_before BIGINT)[]"
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
            files.folder,
            files.delivered_on,
            files.delivery,
            files.order_known_by,
            files.is_complete,
            files.delivery_rank,
            ltrim(line, chr(65279)) as line
        from lines
    """)


def offer_sources(cursor: duckdb.DuckDBPyConnection) -> None:
    """Let a connection call the kept macros by their bare names: dbt opens one per node."""
    database = cursor.execute("select current_database()").fetchone()[0].replace('"', '""')
    path = _literal(f'"{database}".main,{SCANNED}.main')
    cursor.execute(f"set search_path = {path}")


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
