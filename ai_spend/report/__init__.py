"""The board report: figures of a finished build as PDF and HTML, and how it reaches people.

marts     reads the figures from the build database, in Decimal (figures: their types)
document  puts them into sentences, tables and charts (words, charts: how)
html, pdf write what document says; both hold the same texts
mail      sends a report, alerts sends what the alerts mart has that is new; state: what was sent
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ai_spend.report.figures import Report, ReportError

__all__ = ["Made", "ReportError", "make", "write"]


@dataclass(frozen=True)
class Made:
    """A report in all its forms, not written yet: figures, PDF, page, and the body of its mail."""

    report: Report
    title: str
    pdf: bytes
    page: str
    mail: str
    numbers: tuple[tuple[str | None, tuple[tuple[str, str, str], ...]], ...]

    @property
    def name(self) -> str:
        """Name of its files: ai-spend-2026-10, with the department where it is about one."""
        return file_name(self.report.period, self.report.department)


def file_name(period: date, department: str | None) -> str:
    """Two departments never share a name, whatever signs theirs are written in."""
    name = f"ai-spend-{period:%Y-%m}"
    if department is None:
        return name
    letters = re.sub(r"[^a-z0-9]+", "-", department.lower()).strip("-")[:40].rstrip("-")
    digest = hashlib.sha256(department.encode()).hexdigest()[:8]
    return "-".join(part for part in (name, letters, digest) if part)


def make(
    db: Path,
    project: Path,
    period: str | None = None,
    department: str | None = None,
    say: Callable[[str], object] = lambda _: None,
    today: date | None = None,
) -> Made:
    """Makes the report of a period (see marts.read) from the database. Raises ReportError.

    say: told what is being done, a line each time.
    """
    # They start a JavaScript engine and a typesetter: only whoever makes a report loads them.
    from ai_spend.report import document, html, marts, pdf

    say("Reading the figures ...")
    report = marts.read(db, project, period, department, today)
    words = document.compose(report)
    say(f"Drawing and typesetting {words.title}, {words.period}, {words.scope} ...")
    return Made(
        report,
        f"{words.title}, {words.period}, {words.scope}",
        pdf.render(words),
        html.page(words),
        html.mail(words),
        tuple(
            (part.currency, tuple((tile.title, tile.figure, tile.aside) for tile in part.tiles))
            for part in words.parts
        ),
    )


def write(made: Made, out: Path) -> tuple[Path, Path]:
    """Writes PDF and HTML into the folder `out`; each is renamed into place once both are whole."""
    paths = out / f"{made.name}.pdf", out / f"{made.name}.html"
    beside = [path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in paths]
    try:
        out.mkdir(parents=True, exist_ok=True)
        try:
            beside[0].write_bytes(made.pdf)
            beside[1].write_text(made.page, encoding="utf-8")
            for written, path in zip(beside, paths, strict=True):
                written.replace(path)
        finally:
            for written in beside:
                written.unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(f"The report was not written to {out}: {error.strerror}.") from error
    return paths
