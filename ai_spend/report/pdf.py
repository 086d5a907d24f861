"""The report as PDF: typeset by typst from report.typ, with fonts that typst brings along.

The text reaches typst as data and never as markup, so nothing in a name is a command. The PDF is
tagged (PDF/UA-1): headings, tables with header cells, pictures with their description.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typst

from ai_spend.report import charts
from ai_spend.report.figures import ReportError
from ai_spend.report.layout import Document, Part, Section, Table
from ai_spend.report.words import pieces

TEMPLATE = Path(__file__).with_name("report.typ")
FONT = "Libertinus Serif"
# Charts are drawn wider than the text on A4 (487 points), so that their letters end up as small.
WIDTH = 700


def render(document: Document) -> bytes:
    """The PDF of a report; the same bytes for the same report. Raises ReportError.

    PDF/UA wants a glyph for every letter. Where no font has one (a name in Chinese on a machine
    without such a font), the PDF is tagged all the same and shows a box for the letter.
    """
    data = {
        "title": document.title,
        "period": document.period,
        "scope": document.scope,
        "subtitle": document.subtitle,
        "warnings": document.warnings,
        "control": document.control,
        "palette": charts.PALETTE,
        "parts": [_part(part) for part in document.parts],
        "appendix": [_section(section) for section in document.appendix],
    }
    inputs = {"data": json.dumps(_broken(data))}
    try:
        return _typeset(inputs, ["ua-1"])
    except typst.TypstError:
        try:
            return _typeset(inputs, [])
        except typst.TypstError as error:
            raise ReportError(f"The PDF could not be typeset: {error}") from error


def _typeset(inputs: dict[str, str], standards: list[str]) -> bytes:
    return typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs=inputs,
        pdf_standards=standards,
        # The report says when its build was made; a PDF's own time would differ on every run.
        timestamp=datetime(2000, 1, 1, tzinfo=UTC),
    )


def _part(part: Part) -> dict:
    return {
        "currency": part.currency,
        "tiles": [asdict(tile) for tile in part.tiles],
        "sections": [_section(section) for section in part.sections],
    }


def _section(section: Section) -> dict:
    return {
        "title": section.title,
        "sentences": section.sentences,
        "picture": charts.coloured(charts.svg(section.chart, WIDTH, FONT, section.key))
        if section.chart
        else None,
        "alt": section.chart.alt if section.chart else "",
        "caption": section.chart.caption if section.chart else "",
        "table": _table(section.table) if section.table else None,
        "notes": section.notes,
        "queries": section.queries,
        "empty": section.empty,
    }


def _table(table: Table) -> dict:
    """A table with a share of the width for each column of long texts, by its longest one.

    Its letters have 8.6 points, or as many as its figures leave them: those are never broken.
    """
    cells = [table.head, *table.rows, *([table.total] if table.total else [])]
    longest = [max(len(row[at]) for row in cells) for at in range(len(table.head))]
    is_text = [at == 0 or (at in table.left and longest[at] > 17) for at in range(len(table.head))]
    # A letter takes half of its size; the text is 487 points wide, a column is padded by 7.
    letters = sum(
        min(length, 14) if text else length for length, text in zip(longest, is_text, strict=True)
    )
    return {
        **asdict(table),
        "widths": [
            max(14, min(length, 34)) if text else 0
            for length, text in zip(longest, is_text, strict=True)
        ],
        "size": min(8.6, (487 - 7 * len(longest)) / (letters * 0.5)),
    }


def _broken(value: object, key: str = "") -> object:
    """The same data with a place to break in long words, which typst would never break."""
    if isinstance(value, str) and key != "picture":
        return "\u200b".join(pieces(value))
    if isinstance(value, dict):
        return {name: _broken(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_broken(item, key) for item in value]
    return value
