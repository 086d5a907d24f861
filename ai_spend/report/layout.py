"""What a report is put together from, whatever it is written as: texts, tables and charts."""

from __future__ import annotations

from dataclasses import dataclass

from ai_spend.report.charts import Chart


@dataclass(frozen=True)
class Table:
    """Texts in columns; `left` names the columns that are texts, all others are figures."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: tuple[int, ...] = (0,)
    total: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Section:
    """A section. Under a chart, a table repeats what it shows. queries: what each proves, SQL."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    chart: Chart | None = None
    table: Table | None = None
    notes: tuple[str, ...] = ()
    queries: tuple[tuple[str, str], ...] = ()
    empty: str | None = None


@dataclass(frozen=True)
class Tile:
    """One of the three numbers: its name, the number, what stands beside it, and why."""

    title: str
    figure: str
    aside: str
    sentence: str


@dataclass(frozen=True)
class Part:
    """Everything in one currency, '' where nothing has been charged."""

    currency: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Document:
    """A report in words; control is the line that stands on every page."""

    title: str
    period: str
    scope: str
    subtitle: str
    warnings: tuple[str, ...]
    parts: tuple[Part, ...]
    appendix: tuple[Section, ...]
    control: str
