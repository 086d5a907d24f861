"""The landing files of a case, written from the compact rows of its case.yml.

A file of a case is text, or rows of a shape (tests/cases/shapes.yml): a row says only what differs
from the shape's record. tests/cases/README.md has the vocabulary.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

FILE_KEYS = {"shape", "each", "rows", "page", "modified"}
# Files lie in the landing folder in the order of the case, a minute apart.
FIRST_MODIFIED = 1_780_000_000


class Malformed(Exception):
    """A case that cannot be read as one: never an expected failure."""


def write_landing(root: Path, files: dict[str, Any], shapes: dict[str, dict]) -> None:
    for number, (name, content) in enumerate(files.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else raw(name, content, shapes))
        place = content.get("modified", number) if isinstance(content, dict) else number
        os.utime(path, (FIRST_MODIFIED + 60 * place,) * 2)


def raw(name: str, content: Any, shapes: dict[str, dict]) -> bytes:
    """The bytes of a file that is given as text or as rows of a shape."""
    text = content if isinstance(content, str) else render(name, content, shapes)
    return gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text.encode()


def render(name: str, content: dict[str, Any], shapes: dict[str, dict]) -> str:
    """The text of a file that is given as rows of a shape."""
    if unknown := set(content) - FILE_KEYS:
        raise Malformed(f"{name}: unknown keys {sorted(unknown)}")
    shape = shapes.get(content.get("shape"))
    if shape is None:
        raise Malformed(f"{name}: no shape {content.get('shape')!r} in shapes.yml")
    record = merged(shape.get("record", {}), content.get("each") or {})
    records = list(expand(record, content.get("rows") or [], Path(name).name.split(".")[0]))
    page = merged(shape.get("page", {}), content.get("page") or {})
    return FORMATS[shape["format"]](records, page)


def expand(record: dict, rows: list[dict], stem: str):
    """Each row over the shape's record, once for each of its days, its placeholders filled."""
    number = 0
    for row in rows:
        whole = merged(record, row)
        days = whole.pop("days", None) or whole.pop("day", None)
        first, _, last = (days or "2026-01-01").partition("..")
        times = whole.pop("times", 1)
        whole.pop("day", None)
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            for _ in range(times):
                number += 1
                written = filled(whole, words_of(day) | {"{id}": f"{stem}-{number}"})
                yield {k: same(v, written) for k, v in written.items()} | {"__day": day}
            day += timedelta(days=1)


def words_of(day: date) -> dict[str, str]:
    """What the placeholders of a row mean on a day."""
    after = day + timedelta(days=1)
    month_after = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    epoch = date(1970, 1, 1)
    return {
        "{day}": day.isoformat(),
        "{next_day}": after.isoformat(),
        "{month}": f"{day:%Y-%m}",
        "{next_month}": f"{month_after:%Y-%m}",
        "{epoch}": str((day - epoch).days * 86400),
        "{next_epoch}": str((after - epoch).days * 86400),
    }


def same(value: Any, record: dict) -> Any:
    """`=Key` is the record's value of that key."""
    if isinstance(value, str) and value.startswith("=") and value[1:] in record:
        return record[value[1:]]
    return value


def merged(below: Any, above: Any) -> Any:
    """The two mappings in one, `above` first; `absent` takes a key away."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return deepcopy(above)
    both = deepcopy(below)
    for key, value in above.items():
        if value == "absent":
            both.pop(key, None)
        else:
            both[key] = merged(both.get(key), value)
    return both


def filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(word, text)
    return value


def dumped(value: Any) -> str:
    return json.dumps(value, default=lambda d: float(d) if isinstance(d, Decimal) else None)


def bare(records: list[dict]) -> list[dict]:
    return [{k: v for k, v in record.items() if k != "__day"} for record in records]


def lines(records: list[dict], page: dict) -> str:
    """One JSON object per line."""
    return "".join(f"{dumped(record)}\n" for record in bare(records))


def listed(records: list[dict], page: dict) -> str:
    """One JSON document; `into` names the list of the page that holds the records."""
    page = dict(page)
    into = page.pop("into", None)
    return dumped(page | {into: bare(records)} if into else bare(records))


def table(records: list[dict], page: dict) -> str:
    """A CSV file: the columns of all records in the order of their first row."""
    records = bare(records)
    columns = list(dict.fromkeys(column for record in records for column in record))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    for record in records:
        writer.writerow({k: "" if v is None else v for k, v in record.items()})
    return text.getvalue()


def buckets(records: list[dict], page: dict) -> str:
    """A page of daily buckets: OpenAI's have seconds, Anthropic's have times of day."""
    page = dict(page)
    seconds = page.pop("seconds")
    data = []
    for record in records:
        day = record.pop("__day")
        if not data or data[-1]["day"] != day:
            data.append({"day": day, "results": []})
        data[-1]["results"].append(record)
    for bucket in data:
        start = bucket.pop("day")
        end = start + timedelta(days=1)
        if seconds:
            bucket["object"] = "bucket"
            bucket["start_time"] = int(words_of(start)["{epoch}"])
            bucket["end_time"] = int(words_of(start)["{next_epoch}"])
        else:
            bucket["starting_at"] = f"{start}T00:00:00Z"
            bucket["ending_at"] = f"{end}T00:00:00Z"
    return dumped(page | {"data": data})


def spans(records: list[dict], page: dict) -> str:
    """OTLP JSON lines, one span each; `scope` and `attributes` are plain mappings in the case."""
    written = []
    for span in bare(records):
        scope, attributes = span.pop("scope"), span.pop("attributes")
        span["attributes"] = [
            {"key": key, "value": otlp_value(value)} for key, value in attributes.items()
        ]
        written.append({"resourceSpans": [{"scopeSpans": [{"scope": scope, "spans": [span]}]}]})
    return "".join(f"{dumped(document)}\n" for document in written)


def otlp_value(value: Any) -> dict:
    if isinstance(value, list):
        return {"arrayValue": {"values": [otlp_value(item) for item in value]}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, Decimal):
        return {"doubleValue": value}
    return {"stringValue": value}


FORMATS = {
    "lines": lines,
    "json": listed,
    "csv": table,
    "buckets": buckets,
    "spans": spans,
}
