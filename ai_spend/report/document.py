"""Puts the figures of a report into words, tables and charts: the one source of page, PDF and mail.

All outputs show the same texts, so what stands in one stands in the others.
"""

from __future__ import annotations

from ai_spend.report.appendix import appendix
from ai_spend.report.figures import Report
from ai_spend.report.layout import Document, Part
from ai_spend.report.sections import sections
from ai_spend.report.summary import tiles
from ai_spend.report.words import clean, day, last_day, listed, money, month


def compose(report: Report) -> Document:
    """The report of ai_spend.report.marts.read, in words."""
    scope = clean(report.department, "(no name)") if report.department is not None else None
    first, last = report.period, last_day(report.period)
    totals = listed(money(block.effective, block.currency) for block in report.blocks)
    control = f"Control total {totals}" if report.has_charges else "No charges"
    return Document(
        title="AI spend",
        period=month(report.period),
        scope=scope or "whole company",
        subtitle=f"Billing month of {first.day} to {day(last)} (UTC), {scope or 'whole company'}. "
        + _currencies(report),
        warnings=tuple(_warnings(report)),
        parts=tuple(
            Part(
                block.currency,
                tiles(report, block),
                tuple(section(report, block) for section in sections(report)),
            )
            for block in report.blocks
        ),
        appendix=tuple(appendix(report)),
        control=f"{control}, build of {report.built_at}",
    )


def _currencies(report: Report) -> str:
    currencies = [block.currency for block in report.blocks if block.currency]
    if len(currencies) < 2:
        return f"All amounts in {currencies[0]}." if currencies else "Nothing has a currency."
    return f"Amounts in {listed(currencies)} stand apart: none is converted, none is added."


def _warnings(report: Report) -> list[str]:
    named = month(report.period)
    if not report.has_charges:
        if report.first_month is None or report.last_month is None:
            return [f"Nothing was charged in {named}. The build holds no charge at all."]
        reach = f"{month(report.first_month)} to {month(report.last_month)}"
        return [f"Nothing was charged in {named}. Charges reach from {reach}."]
    if report.is_running:
        return [
            f"The data end on {day(report.newest_day)}, before {named} does: the month is not "
            "whole, and a comparison with a whole month says little."
        ]
    return []
