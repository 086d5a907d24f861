"""What the tests of the board report share: a small copy of the sample's marts, and report texts.

A report reads the marts of a build and nothing else, so its bad inputs need no build: they are made
by changing rows in a copy of the tables that it reads.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import duckdb
from pypdf import PdfReader

from ai_spend.report import Made, make

TABLES = (
    *("main.chargeback", "main.investment_vs_waste", "main.cost_per_outcome"),
    *("main.recommendations", "main.model_efficiency", "main.model_mix", "main.model_candidates"),
    *("main.ghost_seats", "main.budget_status", "main.spend_metrics", "main.reconciliation"),
    *("main.gaps", "main.billing_doubts", "main.closed_months", "main.last_complete_day"),
    *("main.landing_files", "main.focus_rule_results", "main.focus_rule_coverage"),
    *("main.alerts", "main.anomalies", "seeds.services", "seeds.model_prices"),
    *("seeds.contract_prices", "seeds.price_corrections"),
)
CHARGE = "charge_id, billing_period_start, billing_currency, x_department, effective_cost"
# Tables with money of a department: column of the department, columns of money.
OWNED = {
    "chargeback": ("department", ("effective_cost", "billed_cost")),
    "charge": ("x_department", ("effective_cost",)),
    "investment_vs_waste": ("department", ("effective_cost",)),
    "cost_per_outcome": ("department", ("effective_cost",)),
    "recommendations": (
        "department",
        ("estimated_monthly_cost_impact", "best_monthly_cost_impact", "evaluated_cost"),
    ),
    "model_efficiency": ("department", ("charged_cost", "priced_cost")),
    "model_mix": ("department", ("charged_cost",)),
    "model_candidates": ("department", ("current_cost", "low_gain", "high_gain")),
    "ghost_seats": (
        "department",
        ("effective_cost", "recoverable_cost_now", "recoverable_cost_at_renewal"),
    ),
    "spend_metrics": (
        "department",
        ("effective_cost", "agentic_cost", "not_agentic_cost", "agentic_unknown_cost"),
    ),
    "budget_status": (
        "scope_value",
        (
            *("amount", "actual_cost", "not_yet_invoiced"),
            *("forecast_cost", "forecast_low", "forecast_high"),
        ),
    ),
}

# Names of departments that nobody expects: 190 letters, from the right, commands of all kinds.
NAMES = {
    "long": "Department of " + "Interplanetaryrobotics" * 8 + " end",
    "right to left": "מחלקת הכספים",
    "html": "<script>document.title='pwned'</script><img src=x onerror=alert(1)>&amp;\"'",
    "typst": '#panic("x") $x$ *bold* _i_ @ref <label> [#import "a"] \\ `raw`',
    "formula": "=HYPERLINK(\"http://evil\",\"x\")",
    "control": "Line\u0000one\nline two\u202e\u0007end\ufffe",
}  # fmt: skip


def copy_marts(source: Path, target: Path) -> Path:
    """Copies the tables that a report reads, views as tables, to a database of their own."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(target) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{source}' as ai_spend (read_only)")
        connection.execute("create schema seeds")
        for table in TABLES:
            connection.execute(f"create table {table} as from ai_spend.{table}")
        connection.execute(f"create table main.charge as select {CHARGE} from ai_spend.main.charge")
    return target


def changed(marts: Path, target: Path, *statements: str) -> Path:
    """A copy of the marts after some statements."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(marts, target)
    with duckdb.connect(target) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in statements:
            connection.execute(statement)
    return target


def renamed(old: str, new: str) -> list[str]:
    """Statements that give a department another name, wherever it stands."""
    name = new.replace("'", "''")
    return [
        f"update {table} set {column} = '{name}' where {column} = '{old}'"
        for table, (column, _) in OWNED.items()
    ] + [
        f"update recommendations set resource_name = replace(resource_name, '{old}', '{name}') "
        f"where department = '{name}'"
    ]


def multiplied(factor: int) -> list[str]:
    """Statements that multiply all money by a factor."""
    return [
        f"update {table} set " + ", ".join(f"{name} = {name} * {factor}" for name in money)
        for table, (_, money) in OWNED.items()
    ]


def only(condition: str, tables: dict[str, str]) -> list[str]:
    """Statements that keep the rows of tables that meet a condition on their own column."""
    return [
        f"delete from {table} where not ({condition.format(column)})"
        for table, column in tables.items()
    ]


@dataclass(frozen=True)
class Texts:
    """A report as a reader has it: the words of the PDF and of the page, by section title."""

    made: Made
    pdf: str
    page: str
    pdf_sections: dict[str, str]
    page_sections: dict[str, str]


def texts(db: Path, *arguments, **options) -> Texts:
    made = make(db, Path("/nowhere"), *arguments, **options)
    pdf = pdf_text(made.pdf)
    page = PageText(made.page)
    return Texts(made, pdf, page.all, _between(pdf, list(page.sections)), {**page.sections})


def pdf_text(content: bytes) -> str:
    """The text of a PDF, without the places to break in long words; lines are kept."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    return "\n".join(pages).replace("\u200b", "")


def _between(text: str, titles: list[str]) -> dict[str, str]:
    """The text under each title, its body and its table at the end together."""
    found: dict[str, str] = dict.fromkeys(titles, "")
    current = None
    for line in text.splitlines():
        if line.strip() in found:
            current = line.strip()
        elif current is not None:
            found[current] += f" {line}"
    return {title: one_line(part) for title, part in found.items()}


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


class PageText(HTMLParser):
    """The visible text of a page, and that of each section by its title."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.sections: dict[str, str] = {}
        self.all = ""
        self._hidden = 0
        self._title: str | None = None
        self._in_title = False
        self.feed(page)
        self.all = one_line(self.all)
        self.sections = {title: one_line(text) for title, text in self.sections.items()}

    def handle_starttag(self, tag, attrs):
        self._hidden += tag in ("script", "style", "svg")
        if tag == "section":
            self._title, self._in_title = "", False
        if tag == "h2" and self._title == "":
            self._in_title = True

    def handle_endtag(self, tag):
        self._hidden -= tag in ("script", "style", "svg")
        if tag == "h2" and self._in_title:
            self._in_title = False
            self.sections[self._title] = ""
        if tag == "section":
            self._title = None
        # A cell ends a word; a place to break does not.
        if tag in ("td", "th", "p", "li", "h1", "h2", "h3", "summary", "caption"):
            self.handle_data(" ")

    def handle_data(self, data):
        if self._hidden:
            return
        self.all += data
        if self._in_title:
            self._title += data
        elif self._title:
            self.sections[self._title] += data


def shown(value) -> str:
    """An amount as a report must write it, worked out apart from the report."""
    value = Decimal(value)
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if value and not rounded:
        return "<0.01" if value > 0 else ">\N{MINUS SIGN}0.01"
    return f"{abs(rounded):,}" if rounded >= 0 else f"\N{MINUS SIGN}{abs(rounded):,}"


def percent(part, whole) -> str:
    ratio = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{abs(ratio):,}%" if ratio >= 0 else f"\N{MINUS SIGN}{abs(ratio):,}%"
