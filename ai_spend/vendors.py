"""docs/vendors.md: every export that has a reader, what it delivers and how it is tested.

Counted from the project itself: the seed ``datasets``, the dbt unit tests and the sample's books.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent
PAGE = Path("docs") / "vendors.md"

HEAD = """# Vendors and exports

Written by `ai-spend docs vendors`; a test keeps it true. What is covered, what is not and how sure
each format is stands in the [README](../README.md#vendors); what the columns of a shape mean in
[models/staging/_shapes.md](../models/staging/_shapes.md).

Unit tests: dbt unit tests whose input is a record of that export, or a record of the export in a
later step. Records: those of `landing/sample`, and how many of them count.

| vendor | export (folder) | what it is | shapes delivered | unit tests | records | accepted |
| --- | --- | --- | --- | --- | --- | --- |
"""


def datasets(project: Path = PROJECT) -> list[dict[str, str]]:
    """The rows of the seed ``datasets``, by vendor and dataset."""
    with (project / "seeds/reference/datasets.csv").open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["source_dataset"])


def unit_tests(project: Path = PROJECT) -> Counter:
    """Dataset -> number of unit tests about it.

    A test names its datasets in its fixtures. One that names none, such as a test of a shape, is
    about every dataset whose base model is its input.
    """
    read_by = {
        sql.stem: {
            f"{vendor}/{dataset}"
            for vendor, dataset in re.findall(
                r"source\('(\w+)', '(\w+)'\)", sql.read_text(encoding="utf-8")
            )
        }
        for sql in (project / "models/staging").glob("*/base_*.sql")
    }
    names = {row["source_dataset"] for row in datasets(project)}
    found: Counter = Counter()
    for path in sorted((project / "models/staging").glob("*/*unit_tests*.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]:
            inputs = [given for given in test["given"] if given.get("rows")]
            text = json.dumps(inputs, default=str)
            named = {name for name in names if f"{name}'" in text or f'{name}"' in text}
            if not named:
                models = re.findall(r"ref\('(base_\w+)'\)", text)
                named = set().union(*(read_by.get(model, set()) for model in models))
            found.update(named)
    return found


def page(project: Path = PROJECT) -> str:
    """The text of docs/vendors.md."""
    books = json.loads((project / "tests/python/sample_expected.json").read_text(encoding="utf-8"))
    tests = unit_tests(project)
    lines = []
    for row in datasets(project):
        name = row["source_dataset"]
        entry = books["datasets"].get(name, {})
        cells = (
            row["vendor"],
            f"`{name}`",
            row["description"],
            ", ".join(row["shapes"].split()),
            tests[name],
            entry.get("records", 0),
            entry.get("accepted", 0),
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    total = f"\n{len(lines)} exports of {len({r['vendor'] for r in datasets(project)})} vendors.\n"
    return HEAD + "\n".join(lines) + "\n" + total


def write(project: Path = PROJECT) -> Path:
    """Write docs/vendors.md and return its path."""
    target = project / PAGE
    target.write_text(page(project), encoding="utf-8")
    return target
