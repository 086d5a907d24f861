"""The end of a report: long tables, the method, the evidence and the control totals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ai_spend.report.figures import ZERO, Block, ModelSpend, Report
from ai_spend.report.layout import Section, Table
from ai_spend.report.words import (
    amount,
    change,
    clean,
    day,
    listed,
    month,
    month_after,
    number,
    percent,
    share,
    signed_percent,
)

MODELS = 25


def appendix(report: Report) -> Iterator[Section]:
    for at, block in enumerate(report.blocks):
        yield from _models(report, block, f"models-{at}")
        yield from _candidates(report, block, f"candidates-{at}")
    yield _method(report)
    yield _evidence(report)
    yield _controls(report)


def _in_currency(report: Report, block: Block, title: str) -> str:
    return f"{title}, {block.currency}" if len(report.blocks) > 1 else title


def _models(report: Report, block: Block, key: str) -> Iterator[Section]:
    if not block.models:
        return
    now, before = month(report.period), month(month_after(report.period, -1))
    shown, others = block.models[:MODELS], block.models[MODELS:]
    rows = [_model_row(of, block) for of in shown]
    if others:
        rest = ModelSpend(
            "",
            f"{len(others)} others",
            sum((of.effective for of in others), ZERO),
            sum((of.previous for of in others), ZERO),
        )
        rows.append(_model_row(rest, block))
    yield Section(
        key,
        _in_currency(report, block, "Spend by model"),
        table=Table(
            f"{block.currency}, {now} against {before}",
            ("Model", "Service", "Spend", "Share", before, "Change"),
            tuple(rows),
            (0, 1),
            _model_row(ModelSpend("", "Total", block.effective, block.previous), block),
        ),
    )


def _model_row(of: ModelSpend, block: Block) -> tuple[str, ...]:
    return (
        of.model,
        of.service,
        amount(of.effective),
        percent(share(of.effective, block.effective)),
        amount(of.previous),
        signed_percent(change(of.effective, of.previous)),
    )


def _candidates(report: Report, block: Block, key: str) -> Iterator[Section]:
    if not block.efficiency.candidates:
        return
    more = block.efficiency.candidate_count - len(block.efficiency.candidates)
    yield Section(
        key,
        _in_currency(report, block, "Models that may be larger than their task"),
        table=Table(
            f"{block.currency}, use of {month(report.period)}; rows overlap and are never added",
            ("Model", "Instead", "For", "Calls", "Cost", "At least", "At most"),
            tuple(
                (
                    f"{of.model} ({of.service})",
                    f"{of.alternative_model} ({of.alternative})",
                    of.owner + (" (headroom of a subscription)" if of.is_headroom else ""),
                    number(of.calls),
                    *map(amount, (of.current, of.low, of.high)),
                )
                for of in block.efficiency.candidates
            ),
            (0, 1, 2),
        ),
        notes=(
            "Cost is what the calls cost, the last two columns by how much less at the other."
            + (f" {more} more stand in the table model_candidates." if more > 0 else ""),
        ),
    )


def _method(report: Report) -> Section:
    whose = "of the company" if report.department is None else "of this department alone"
    checked = [
        f"version {of.version}, {number(of.rules)} rules, {number(of.passed)} checks pass, "
        f"{number(of.failed)} MUST fail"
        for of in report.conformance
    ]
    refused = report.refused_files
    sentences = (
        f"Spend is EffectiveCost as FOCUS defines it: what was used, commitments spread over their "
        f"use, by billing month (UTC), every charge {whose}. Billed is BilledCost: what invoices "
        "ask for, or will. One source carries the money of each account and day, the best there "
        "is; the others only say whose it is.",
        "Invoiced stands on an invoice, Reported in a vendor's report; Stated is a gateway's own "
        "figure, Estimated is use times the price in force that day. A share of nothing, or of a "
        "sum with credits, is written as a dash. Amounts are exact and rounded for the eye only.",
        f"Price book: genai-prices {listed(report.price_versions)}, with "
        f"{number(report.own_prices)} contract prices and corrections of the registers.",
        f"Conformance to FOCUS: {'; '.join(checked) or 'not evaluated in this build'}.",
        f"Version {report.project_version} of ai_spend, build of {report.built_at}. Use by the day "
        f"reaches to {day(report.newest_day)}; the last day that counts as complete is "
        f"{day(report.last_complete_day)}. "
        + (
            f"Files refused: {refused}, which count for nothing." if refused else "No file refused."
        ),
        *(
            f"{currency} was last charged in {month(last)} and has no page here."
            for currency, last in report.quiet_currencies
        ),
    )
    return Section("method", "Method", sentences)


def _evidence(report: Report) -> Section:
    title = "Evidence of the cost reductions"
    queries = tuple(
        (f"{of.place}: {of.description}", clean(of.evidence_query, ""))
        for block in report.blocks
        for of in block.savings.top
    )
    if not queries:
        return Section("evidence", title, empty="There is no reduction to prove.")
    words = "Each query shows, in the build database, the rows that a reduction rests on."
    return Section("evidence", title, (words,), queries=queries)


def _controls(report: Report) -> Section:
    title = "Control totals"
    if not report.has_charges:
        return Section("controls", title, empty="There is no charge to add up.")
    rows = []
    for block in report.blocks:
        rows.append(("this report", block.currency, _exact(block.effective), ""))
        rows += [(of.table, block.currency, _exact(of.total), "equal") for of in block.controls]
    return Section(
        "controls",
        title,
        (
            "These tables have the total of this report to the last digit; a report whose totals "
            "differ is not written.",
        ),
        table=Table(
            f"EffectiveCost of {month(report.period)}",
            ("Table", "Currency", "Total", "Against this report"),
            tuple(rows),
            (0, 1, 3),
        ),
    )


def _exact(value: Decimal) -> str:
    """Every digit that says something, at least two decimals."""
    whole, _, decimals = f"{value:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
