"""Puts the figures of a report into words, tables and charts: the one source of page, PDF and mail.

All outputs show the same texts, so what stands in one stands in the others. Whatever can be empty
says why it is. Sentences name amount, currency and month; notes under a section name its basis
(Invoiced, Reported, Stated, Estimated) and its coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ai_spend.report import charts
from ai_spend.report.charts import BASIS_COLOURS, CLASS_COLOURS, SIZE_COLOURS, Bar, Chart
from ai_spend.report.figures import ZERO, Bases, Block, Budget, Report, Spend
from ai_spend.report.words import (
    NONE,
    amount,
    arrow,
    change,
    day,
    last_day,
    listed,
    money,
    month,
    month_after,
    number,
    percent,
    plural,
    share,
    signed,
    signed_percent,
    unit_money,
)

BARS, ROWS = 10, 25


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
    """A section. A table behind a chart repeats what the chart shows, with every figure."""

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
    """Everything in one currency."""

    currency: str | None
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
    meta: dict = field(default_factory=dict)


def compose(report: Report) -> Document:
    """The report of ai_spend.report.marts.read, in words."""
    named = month(report.period)
    scope = "whole company" if report.department is None else report.department
    first, last = report.period, last_day(report.period)
    parts = tuple(
        Part(
            block.currency,
            _tiles(report, block),
            tuple(section(report, block) for section in _sections(report)),
        )
        for block in report.blocks
    )
    totals = [money(block.effective, block.currency or "") for block in report.blocks]
    return Document(
        title="AI spend",
        period=named,
        scope=scope,
        subtitle=f"Billing month of {first.day} to {day(last)} (UTC), {scope}. "
        + _currency_words(report),
        warnings=tuple(_warnings(report)),
        parts=parts,
        appendix=tuple(_appendix(report)),
        control=(f"Control total {listed(totals)}" if report.has_charges else "No charges")
        + f", build of {report.built_at}",
    )


def _sections(report: Report) -> Sequence[Callable[[Report, Block], Section]]:
    return (
        _trend,
        _departments if report.department is None else _features,
        _vendors,
        _waste,
        _reductions,
        _outcomes,
        _efficiency,
        _seats,
        _budgets,
        _agentic,
        _reconciliation,
    )


def _currency_words(report: Report) -> str:
    currencies = [block.currency for block in report.blocks if block.currency]
    if not currencies:
        return "Nothing has been charged, so there is no currency."
    if len(currencies) == 1:
        return f"All amounts in {currencies[0]}."
    return f"Amounts in {listed(currencies)} stand apart: they are never added, and nothing is converted."


def _warnings(report: Report) -> list[str]:
    named = month(report.period)
    if not report.has_charges:
        reach = (
            f"Charges reach from {month(report.first_month)} to {month(report.last_month)}."
            if report.first_month and report.last_month
            else "The build holds no charge at all."
        )
        return [f"Nothing was charged in {named}. {reach}"]
    if report.is_running:
        return [
            f"The data end on {day(report.newest_day)}, before {named} does: the month is not whole, "
            "and a comparison with a whole month says little."
        ]
    return []


# --- the three numbers ---------------------------------------------------------------------------


def _tiles(report: Report, block: Block) -> tuple[Tile, ...]:
    currency, before = block.currency or "", month(month_after(report.period, -1))
    moved = change(block.effective, block.previous)
    difference = block.effective - block.previous
    savings = block.savings
    return (
        Tile(
            "Total AI spend",
            money(block.effective, currency) if block.currency else NONE,
            f"{plural(block.charges, 'charge')}, billed {money(block.billed, currency)}"
            if block.charges
            else "no charges",
            _why_total(report, block),
        ),
        Tile(
            f"Change on {before}",
            signed_percent(moved) if moved is not None else _signed_money(difference, currency),
            _signed_money(difference, currency) if moved is not None else "no percentage",
            _why_change(report, block),
        ),
        Tile(
            "Recoverable waste a month",
            money(savings.waste_sure, currency) if block.currency else NONE,
            f"up to {money(savings.waste_best, currency)}"
            if savings.waste_best > savings.waste_sure
            else "found in the month's charges",
            _why_waste(report, block),
        ),
    )


def _signed_money(value: Decimal, currency: str) -> str:
    return f"{currency} {signed(value)}".strip()


def _why_total(report: Report, block: Block) -> str:
    spent = [of for of in block.services if of.effective > 0]
    if not block.charges:
        return f"No bill, report or log charges anything in {month(report.period)}."
    if not spent:
        return "Credits and corrections outweigh what was charged."
    parts = [f"{of.name} {percent(share(of.effective, block.effective))}" for of in spent[:3]]
    by_vendor = share(block.bases.by_vendor, block.effective)
    rest = share(block.effective - block.bases.by_vendor, block.effective)
    stated = (
        f"; vendors' invoices and reports state {percent(by_vendor)} of it, {percent(rest)} is "
        "stated by a gateway or estimated"
        if by_vendor is not None and rest is not None
        else ""
    )
    return f"{listed(parts)} of the month{stated}."


def _why_change(report: Report, block: Block) -> str:
    before = month(month_after(report.period, -1))
    currency = block.currency or ""
    if not block.previous and not any(of.previous for of in block.services):
        first = report.first_month
        if first is not None and report.period <= first:
            return f"{month(report.period)} is the first month of the data."
        return f"Nothing was charged in {before}, so there is no percentage."
    moves = sorted(block.services, key=lambda of: of.effective - of.previous)
    falls = [of for of in moves if of.effective < of.previous][:2]
    rises = [of for of in reversed(moves) if of.effective > of.previous][:2]

    def told(services: list[Spend], way: str) -> str:
        by = [money(abs(of.effective - of.previous), currency) for of in services]
        names = [f"{services[0].name} is {way} by", *(f"{of.name} by" for of in services[1:])]
        return listed(f"{name} {difference}" for name, difference in zip(names, by, strict=True))

    first, second = (falls, rises) if block.effective < block.previous else (rises, falls)
    ways = ("down", "up") if block.effective < block.previous else ("up", "down")
    told_moves = [
        told(services[:limit], way)
        for services, way, limit in ((first, ways[0], 2), (second, ways[1], 1))
        if services
    ]
    return f"{'; '.join(told_moves) or 'No service moved'}.{_unbilled(report, block)}"


def _unbilled(report: Report, block: Block) -> str:
    """The warning that a fall may be nothing but bills to come."""
    if not block.unbilled:
        return ""
    then = sum((of.previous for of in block.unbilled), ZERO)
    now = sum((of.effective for of in block.unbilled), ZERO)
    names = [of.name for of in sorted(block.unbilled, key=lambda of: -of.previous)]
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
    return (
        f" No bill of {month(report.period)} is there yet for {listed(shown)}: "
        f"{money(then, block.currency or '')} in {month(month_after(report.period, -1))}, "
        f"{money(now, block.currency or '')} so far."
    )


def _why_waste(report: Report, block: Block) -> str:
    largest = block.savings.largest_waste
    currency = block.currency or ""
    if largest is None:
        return f"No rule found waste in the charges of {month(report.period)}."
    if not block.savings.waste_sure:
        sure = "Nothing of it is sure to stop next month"
    else:
        sure = f"Largest: {largest.place}, {money(largest.sure, currency)}"
    looked = share(block.classified.by_call, block.effective)
    return (
        f"{sure} ({_lower(largest.description)}); {percent(looked)} of the spend could be looked at "
        "call by call."
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# --- sections ------------------------------------------------------------------------------------


def _basis(bases: Bases, currency: str | None, of: str = "EffectiveCost") -> str:
    parts = [
        f"{name} {money(value, currency or '')} ({percent(share(value, bases.total))})"
        for name, value in bases.parts
        if value
    ]
    return f"Basis of {of}: {', '.join(parts) or 'none'}."


def _trend(report: Report, block: Block) -> Section:
    title, currency = "Three months", block.currency
    if not any(of.effective or of.billed for of in block.trend):
        return Section(
            "trend", title, empty="Nothing was charged in these three months, so there is no trend."
        )
    missing = [month(of.first) for of in block.trend if not of.has_data]
    known = [of for of in block.trend if of.has_data]
    sentences = []
    if missing:
        sentences.append(f"The data do not reach {listed(missing)}.")
    if len(known) > 1:
        start, end = known[0], known[-1]
        moved = change(end.effective, start.effective)
        sentences.append(
            f"From {month(start.first)} to {month(end.first)} spend went from "
            f"{money(start.effective, currency)} to {money(end.effective, currency)}"
            + (f" ({signed_percent(moved)})." if moved is not None else ".")
        )
    chart = charts.columns(
        [
            (
                f"{of.first:%b %Y}",
                amount(of.effective) if of.has_data else "no data",
                of.bases.parts,
            )
            for of in block.trend
        ],
        "Spend of three months by basis: "
        + "; ".join(f"{month(of.first)} {money(of.effective, currency)}" for of in block.trend),
    )
    table = Table(
        f"{currency} by billing month",
        ("Month", "Spend", "Billed", "Invoiced", "Reported", "Stated", "Estimated"),
        tuple(
            (
                month(of.first),
                *(
                    (
                        amount(of.effective),
                        amount(of.billed),
                        *(amount(v) for _, v in of.bases.parts),
                    )
                    if of.has_data
                    else ("no data", *(NONE,) * 5)
                ),
            )
            for of in block.trend
        ),
    )
    return Section("trend", title, tuple(sentences), chart, table, (_basis(block.bases, currency),))


def _spend_section(
    key: str, title: str, report: Report, block: Block, rows: Sequence[Spend], what: str, cover: str
) -> Section:
    """Bars with share and trend arrow; the table has the month before and the basis."""
    currency, before = block.currency or "", month(month_after(report.period, -1))
    if not rows:
        return Section(
            key, title, empty=f"Nothing was charged in {month(report.period)} or {before}."
        )
    spent, rest = list(rows[:BARS]), rows[BARS:]
    if len(rest) == 1:
        spent, rest = list(rows), ()
    bars = [Bar(of.name, _bar_labels(of, block), of.effective, of.previous) for of in spent]
    if rest:
        other = _others(rest, what)
        bars.append(Bar(other.name, _bar_labels(other, block), other.effective, other.previous))
    shown = list(rows[:ROWS])
    if len(rows) > ROWS:
        shown.append(_others(rows[ROWS:], what))
    largest = rows[0]
    moved = [of for of in rows if of.effective != of.previous]
    sentences = [
        f"{largest.name} is the largest with {money(largest.effective, currency)} in "
        f"{month(report.period)}" + _of_whole(largest.effective, block.effective) + "."
    ]
    if moved:
        most = max(moved, key=lambda of: abs(of.effective - of.previous))
        difference = most.effective - most.previous
        ratio = change(most.effective, most.previous)
        sentences.append(
            f"{most.name} moved most: {money(abs(difference), currency)} "
            f"{'more' if difference > 0 else 'less'} than in {before}"
            + (f" ({signed_percent(ratio)})." if ratio is not None else ".")
        )
    return Section(
        key,
        title,
        tuple(sentences),
        charts.bars(
            bars,
            before,
            f"{title}, {currency}, {month(report.period)}: "
            + "; ".join(f"{bar.name} {' '.join(bar.labels)}" for bar in bars)
            + f". The stroke is {before}.",
        ),
        Table(
            f"{currency}, {month(report.period)} against {before}; the last column is the part that "
            "vendors' invoices and reports state",
            (what, "Spend", "Share", before, "Change", "", "By vendor"),
            tuple(
                (
                    of.name,
                    amount(of.effective),
                    percent(share(of.effective, block.effective)),
                    amount(of.previous),
                    signed_percent(change(of.effective, of.previous)),
                    arrow(of.effective, of.previous),
                    percent(share(of.bases.by_vendor, of.effective)),
                )
                for of in shown
            ),
            total=(
                "Total",
                amount(block.effective),
                percent(share(block.effective, block.effective)),
                amount(block.previous),
                signed_percent(change(block.effective, block.previous)),
                arrow(block.effective, block.previous),
                percent(share(block.bases.by_vendor, block.effective)),
            ),
        ),
        (f"The stroke across a bar is {before}.", _basis(block.bases, block.currency), cover),
    )


def _of_whole(part: Decimal, whole: Decimal) -> str:
    ratio = share(part, whole)
    return "" if ratio is None else f", {percent(ratio)} of the total"


def _bar_labels(of: Spend, block: Block) -> tuple[str, ...]:
    ratio = percent(share(of.effective, block.effective))
    return amount(of.effective), ratio, arrow(of.effective, of.previous)


def _others(rows: Sequence[Spend], what: str) -> Spend:
    def total(pick: Callable[[Spend], Decimal]) -> Decimal:
        return sum((pick(of) for of in rows), ZERO)

    return Spend(
        f"{len(rows)} others",
        total(lambda of: of.effective),
        total(lambda of: of.previous),
        Bases(
            total(lambda of: of.bases.invoiced),
            total(lambda of: of.bases.reported),
            total(lambda of: of.bases.stated),
            total(lambda of: of.bases.estimated),
        ),
        total(lambda of: of.previous_by_vendor),
    )


def _departments(report: Report, block: Block) -> Section:
    known = share(block.attributed, block.effective)
    return _spend_section(
        "departments",
        "Spend by department",
        report,
        block,
        block.departments,
        "Department",
        f"Coverage: {money(block.attributed, block.currency or '')} ({percent(known)}) has a known "
        "department; what nobody is known for stands as Unattributed.",
    )


def _features(report: Report, block: Block) -> Section:
    unnamed = sum((of.effective for of in block.features if of.name == "(no feature)"), ZERO)
    named = block.effective - unnamed
    return _spend_section(
        "departments",
        "Spend by feature",
        report,
        block,
        block.features,
        "Feature",
        f"Coverage: {money(named, block.currency or '')} ({percent(share(named, block.effective))}) "
        "names a feature; seats and most bills name none.",
    )


def _vendors(report: Report, block: Block) -> Section:
    section = _spend_section(
        "vendors",
        "Spend by vendor and model",
        report,
        block,
        block.services,
        "Service",
        _unbilled(report, block).strip()
        or "Coverage: every service with a bill in the month before has one.",
    )
    if section.empty or section.table is None:
        return section
    models = [of for of in block.models if of.effective][:8]
    named = listed(
        f"{of.model} at {of.service} ({money(of.effective, block.currency or '')})"
        for of in [of for of in models if not of.model.startswith("(no model")][:3]
    )
    sentences = section.sentences + ((f"Largest models: {named}.",) if named != NONE else ())
    return Section(**{**section.__dict__, "sentences": sentences})


def _models_table(report: Report, block: Block) -> Section | None:
    """Every model of the month, for the tables at the end."""
    rows = [of for of in block.models if of.effective or of.previous]
    if not rows:
        return None
    before = month(month_after(report.period, -1))
    shown, rest = rows[:ROWS], rows[ROWS:]
    table = Table(
        f"{block.currency}, {month(report.period)} against {before}",
        ("Model", "Service", "Spend", "Share", before, "Change"),
        tuple(
            (
                of.model,
                of.service,
                amount(of.effective),
                percent(share(of.effective, block.effective)),
                amount(of.previous),
                signed_percent(change(of.effective, of.previous)),
            )
            for of in shown
        )
        + (
            (
                (
                    f"{len(rest)} others",
                    "",
                    amount(now := sum((of.effective for of in rest), ZERO)),
                    percent(share(now, block.effective)),
                    amount(then := sum((of.previous for of in rest), ZERO)),
                    signed_percent(change(now, then)),
                ),
            )
            if rest
            else ()
        ),
        (0, 1),
        (
            "Total",
            "",
            amount(block.effective),
            percent(share(block.effective, block.effective)),
            amount(block.previous),
            signed_percent(change(block.effective, block.previous)),
        ),
    )
    return Section("models", "Spend by model", table=table)


def _waste(report: Report, block: Block) -> Section:
    title, currency = "Investment and waste", block.currency or ""
    of = block.classified
    if not block.charges:
        return Section(
            "waste", title, empty=f"Nothing was charged in {month(report.period)} to be classified."
        )
    parts = tuple(
        (name, value)
        for name, value in (
            ("Investment", of.investment),
            ("Waste", of.waste),
            ("Unclassified", of.unclassified),
        )
    )
    labelled = [
        (name, f"{money(value, currency)}, {percent(share(value, of.total))}", value,
         CLASS_COLOURS[name])
        for name, value in parts
    ]  # fmt: skip
    sentences = [
        f"Of {money(of.total, currency)} in {month(report.period)}, "
        f"{money(of.investment, currency)} is joined to a confirmed outcome or named an investment "
        f"by a rule, {money(of.waste, currency)} is waste that a rule found, and "
        f"{money(of.unclassified, currency)} is neither."
    ]
    if of.findings:
        sentences.append(
            "Waste: "
            + listed(f"{name} {money(cost, currency)}" for name, cost in of.findings[:4])
            + ("." if len(of.findings) <= 4 else f"; {len(of.findings) - 4} more kinds.")
        )
    seen = [
        (of.by_call, "was looked at call by call"),
        (of.as_totals, "is known as totals only, in which nothing can be found"),
        (of.no_usage, "is seats, purchases, taxes and credits"),
        (of.closed, "is of closed months or corrections"),
    ]
    return Section(
        "waste",
        title,
        tuple(sentences),
        charts.donut(
            labelled, f"{title}, {month(report.period)}: " + "; ".join(f"{n} {t}" for n, t, *_ in labelled)
        ),
        Table(
            f"{currency}, {month(report.period)}",
            ("Class", "Spend", "Share"),
            tuple((name, amount(value), percent(share(value, of.total))) for name, value in parts),
            total=("Total", amount(of.total), percent(share(of.total, of.total))),
        ),
        (
            "Unclassified is no judgement: nothing proved it either way.",
            "Coverage: "
            + "; ".join(
                f"{money(value, currency)} ({percent(share(value, of.total))}) {words}"
                for value, words in seen
                if value
            )
            + ".",
            _basis(block.bases, block.currency),
        ),
    )  # fmt: skip


def _reductions(report: Report, block: Block) -> Section:
    title, currency = "Top five cost reductions", block.currency or ""
    savings = block.savings
    if not savings.top:
        return Section(
            "reductions",
            title,
            empty=f"Neither waste nor a cheaper alternative was found in {month(report.period)}.",
        )
    top_sure = sum((of.sure for of in savings.top), ZERO)
    sentences = [
        f"These {len(savings.top)} save {money(top_sure, currency)} a month for sure; all "
        f"{savings.count} found in {month(report.period)} save {money(savings.all_sure, currency)} "
        f"for sure and {money(savings.all_best, currency)} at best."
    ]
    possible = savings.largest_possible
    if possible is not None and possible not in savings.top:
        sentences.append(
            f"The largest of what is only possible: {possible.place}, {_lower(possible.description)}, "
            f"up to {money(possible.best, currency)}"
            + (", after a test of the answers." if possible.is_test_first else ".")
        )
    return Section(
        "reductions",
        title,
        tuple(sentences),
        table=Table(
            f"{currency} a month, from the charges of {month(report.period)}",
            ("What to do", "Where", "Sure", "At best", "Effort", "Risk", "Rests on"),
            tuple(
                (
                    of.description + (" (test first)" if of.is_test_first else ""),
                    of.place,
                    amount(of.sure),
                    amount(of.best),
                    of.effort,
                    of.risk,
                    f"{plural(of.charges, 'charge')} of {money(of.evaluated, currency)}",
                )
                for of in savings.top
            ),
            (0, 1, 4, 5, 6),
        ),
        notes=(
            "Sure is what stops next month, or the lower end of a range; nothing is counted twice.",
            f"Basis: savings are reckoned from the month's charges. {_basis(block.bases, currency)}",
        ),
    )


def _outcomes(report: Report, block: Block) -> Section:
    title, currency = "Cost per outcome", block.currency or ""
    of = block.outcomes
    if not of.rows:
        return Section(
            "outcomes",
            title,
            empty=f"No outcome (a resolved ticket, a merged pull request ...) was delivered for "
            f"{month(report.period)}, so nothing can be divided by one.",
        )
    priced = [row for row in of.rows if row.cost_per_outcome is not None]
    sentences = [
        f"{row.outcome_type} of {row.department}: {unit_money(row.cost_per_outcome, currency)} each "
        f"in {month(report.period)}"
        + (
            f", {signed_percent(row.change_share)} on the month before."
            if row.change_share is not None
            else "."
        )
        for row in priced[:2]
    ] or [
        f"Outcomes were reached in {month(report.period)}, but no cost was found for any of them, "
        "which does not make them free."
    ]
    more = of.row_count - len(of.rows)
    return Section(
        "outcomes",
        title,
        tuple(sentences),
        table=Table(
            f"{currency}, {month(report.period)}; with cost: outcomes that any cost was found for",
            ("Outcome", "Owner", "Accepted", "With cost", "Cost", "Each", "Change", "Basis"),
            tuple(
                (
                    row.outcome_type,
                    row.department + (f" / {row.feature}" if row.feature else ""),
                    number(row.accepted),
                    percent(share(row.covered, row.recorded)),
                    "none found" if row.cost is None else amount(row.cost),
                    unit_money(row.cost_per_outcome, "").strip(),
                    signed_percent(row.change_share),
                    row.basis or NONE,
                )
                for row in of.rows
            ),
            (0, 1, 7),
        ),
        notes=(
            f"Coverage: {money(of.joined, currency)} "
            f"({percent(share(of.joined, of.total))}) of {money(of.total, currency)} joins an outcome. "
            "A ratio of the month, and no proof that the one caused the other.",
            *((f"{more} more rows stand in the table cost_per_outcome.",) if more else ()),
        ),
    )


def _efficiency(report: Report, block: Block) -> Section:
    title, currency = "Model efficiency", block.currency or ""
    of = block.efficiency
    unpriced = (
        f"Coverage: {plural(of.unpriced_rows, 'record')} of use have no price "
        f"({number(of.unpriced_tokens)} tokens) and stand in none of these amounts."
        if of.unpriced_rows
        else "Coverage: all use of the month has a price."
    )
    if not of.rows:
        return Section(
            "efficiency",
            title,
            empty=f"No use of a model was charged in {month(report.period)}.",
            notes=(unpriced,) if of.unpriced_rows else (),
        )
    total = sum((value for _, value in of.classes), ZERO)
    frontier = dict(of.classes).get("frontier", ZERO)
    sentences = [
        f"Frontier models are {money(frontier, currency)} ({percent(share(frontier, total))}) of "
        f"{money(total, currency)} that was charged for models in {month(report.period)}."
    ]
    if of.candidates:
        most = of.candidates[0]
        sentences.append(
            f"Larger than its task may need: {most.model} at {most.service} for {most.department}"
            + (f" / {most.feature}" if most.feature != "(no feature)" else "")
            + f". At {most.alternative_model} the same {plural(most.calls, 'call')} would have cost "
            f"at least {money(most.low, currency)} and at most {money(most.high, currency)} less; "
            "test the answers first."
        )
    else:
        sentences.append("No smaller model would have done the same calls for less.")
    labelled = [
        (f"{name.capitalize()} size" if name in ("mid", "unknown") else name.capitalize(),
         f"{money(value, currency)}, {percent(share(value, total))}", value, colour)
        for name, colour in SIZE_COLOURS.items()
        if (value := dict(of.classes).get(name)) is not None
    ]  # fmt: skip
    return Section(
        "efficiency",
        title,
        tuple(sentences),
        charts.stack(labelled, "Spend by size of model: " + "; ".join(f"{n} {t}" for n, t, *_ in labelled)),
        Table(
            f"{currency}, use of {month(report.period)}; calls and cost per call as one log tells them, "
            "at contracted prices",
            ("Model", "Service", "Size", "Charged", "Calls", "Per call", "From cache"),
            tuple(
                (
                    use.model,
                    use.service,
                    use.model_class,
                    amount(use.charged),
                    number(use.calls) if use.calls else NONE,
                    unit_money(use.per_call, "").strip(),
                    percent(use.cache_share),
                )
                for use in of.rows
            ),
            (0, 1, 2),
        ),
        (
            unpriced,
            "By the month of use; a candidate is no saving until the answers have been compared."
            + (
                f" {of.row_count - len(of.rows)} more models stand in the table model_efficiency."
                if of.row_count > len(of.rows)
                else ""
            ),
        ),
    )  # fmt: skip


def _candidates_table(report: Report, block: Block) -> Section | None:
    if not block.efficiency.candidates:
        return None
    return Section(
        "candidates",
        "Models that may be larger than their task",
        table=Table(
            f"{block.currency}, use of {month(report.period)}; rows overlap and are never added",
            ("Model", "Instead", "For", "Calls", "Cost", "Less, at least", "At most"),
            tuple(
                (
                    f"{of.model} ({of.service})",
                    of.alternative_model,
                    of.department
                    + (f" / {of.feature}" if of.feature != "(no feature)" else "")
                    + (" (headroom of a subscription)" if of.is_headroom else ""),
                    number(of.calls),
                    amount(of.current),
                    amount(of.low),
                    amount(of.high),
                )
                for of in block.efficiency.candidates
            ),
            (0, 1, 2),
        ),
    )


def _seats(report: Report, block: Block) -> Section:
    title, currency = "Ghost seats", block.currency or ""
    rows = block.seats.rows
    older = tuple(
        f"The newest seat list of {service} is of {month(of)}; {money(cost, currency)} a month that "
        "it shows as recoverable is not counted here."
        for service, of, cost in block.seats.older
    )
    if not rows:
        return Section(
            "seats",
            title,
            empty=f"No seat list was delivered for {month(report.period)} and no seat was charged.",
            notes=older,
        )

    def total(pick: Callable) -> Decimal:
        return sum((pick(of) or ZERO for of in rows), ZERO)

    seats, ghosts = total(lambda of: of.seats), total(lambda of: of.ghosts)
    now, later = total(lambda of: of.now), total(lambda of: of.at_renewal)
    cost = total(lambda of: of.ghost_cost)
    is_newest = block.seats.newest is None or block.seats.newest <= report.period
    sentences = [
        f"{number(ghosts)} of {plural(seats, 'seat')} look unneeded "
        f"({number(total(lambda of: of.certain))} for certain, "
        f"{number(total(lambda of: of.probable))} probably); they cost {money(cost, currency)} in "
        f"{month(report.period)}.",
        f"Given back now, {money(now, currency)} a month stops with the next one, and "
        f"{money(later, currency)} more at the renewal."
        if is_newest
        else "What can be stopped is said of the newest lists alone, those of "
        f"{month(block.seats.newest)}: see that month's report.",
    ]
    unpriced = total(lambda of: of.without_price)
    return Section(
        "seats",
        title,
        tuple(sentences),
        table=Table(
            f"Seats of {month(report.period)}; amounts in {currency or 'no currency'}, the last two a month",
            ("Service", "Seats", "Certain", "Probable", "To look at", "Unknown", "Cost", "Stops now",
             "At renewal"),
            tuple(
                (
                    of.service,
                    number(of.seats),
                    number(of.certain),
                    number(of.probable),
                    number(of.review),
                    number(of.unknown),
                    amount(of.ghost_cost),
                    amount(of.now),
                    amount(of.at_renewal),
                )
                for of in rows
            ),
            total=(
                "Total",
                number(seats),
                number(total(lambda of: of.certain)),
                number(total(lambda of: of.probable)),
                number(total(lambda of: of.review)),
                number(total(lambda of: of.unknown)),
                amount(cost),
                amount(now),
                amount(later),
            ),
        ),
        notes=(
            f"Coverage: of {plural(total(lambda of: of.unknown), 'seat')} nothing says whether they "
            "are used, which makes no ghost"
            + (
                f"; {plural(unpriced, 'ghost')} without a known price."
                if unpriced
                else "; every ghost has a price."
            ),
            "Basis: " + listed(sorted({of.basis for of in rows if of.basis})) + ". Counts and money "
            "only; who holds a seat stands in the table ghost_seats.",
            *(
                f"{of.service} can be given back from {day(of.renewal_on)} on, the earliest renewal."
                for of in rows
                if of.renewal_on and of.at_renewal
            ),
            *older,
        ),
    )  # fmt: skip


def _budgets(report: Report, block: Block) -> Section:
    title, currency = "Budget and forecast", block.currency or ""
    budgets = block.budgets
    if not budgets:
        whose = "" if report.department is None else f" of {report.department}"
        return Section(
            "budgets",
            title,
            empty=f"No budget{whose} in {currency or 'any currency'} covers {month(report.period)} "
            "(register budgets.csv).",
        )
    over = [of for of in budgets if of.verdict == "Over"]
    will = [of for of in budgets if of.verdict == "Forecast over"]
    risk = [of for of in budgets if of.verdict == "At risk"]
    as_of = max((of.as_of for of in budgets if of.as_of), default=None)
    told = [
        f"{plural(len(found), 'budget')} {words}: {listed(of.scope for of in found)}."
        for found, words in (
            (over, "passed"),
            (will, "passed by the end of the forecast"),
            (risk, "at risk, at the upper end of the forecast"),
        )
        if found
    ] or [f"All {plural(len(budgets), 'budget')} hold."]
    shown = budgets[:BARS]
    return Section(
        "budgets",
        title,
        tuple(told),
        charts.bars(
            [_budget_bar(of) for of in shown],
            "forecast",
            f"Budgets in {currency}: "
            + "; ".join(
                f"{of.scope} {amount(of.actual)} of {amount(of.amount)}, {of.verdict}" for of in shown
            ),
            goal=Decimal(1),
        ),
        Table(
            f"{currency}, billed up to {day(as_of)}, which is known; forecasts are estimates",
            ("Budget", "Until", "Amount", "Billed", "Not invoiced", "Forecast", "Range", "Verdict"),
            tuple(
                (
                    f"{of.scope} ({of.budget_id})",
                    f"{last_day_of(of.period_end):%d %b %Y}",
                    amount(of.amount),
                    amount(of.actual),
                    amount(of.not_yet_invoiced),
                    amount(of.forecast),
                    NONE
                    if of.low is None or of.high is None
                    else f"{amount(of.low)} to {amount(of.high)}",
                    of.verdict + (f", {of.breach_date:%d %b %Y}" if of.breach_date else ""),
                )
                for of in budgets
            ),
            (0, 1, 6, 7),
        ),
        (
            "The bar is what is billed, as a share of the budget; the line is the whole budget, the "
            "stroke the forecast.",
            f"Known: BilledCost up to {day(as_of)}"
            + (
                f", {money(sum((of.not_yet_invoiced for of in budgets), ZERO), currency)} of which no "
                "invoice states"
                if len(budgets) == 1
                else ""
            )
            + ". Estimated: the forecast and its range, from back-tests of earlier months. Budgets may "
            "overlap and are never added.",
            *(
                f"{of.scope} ({of.budget_id}): {plural(of.other_currencies, 'charge')} in other "
                "currencies are in no amount."
                for of in budgets
                if of.other_currencies
            ),
        ),
    )  # fmt: skip


def last_day_of(end: date) -> date:
    """The last day of a period by the first day after it."""
    return date.fromordinal(end.toordinal() - 1)


def _budget_bar(of: Budget) -> Bar:
    spent = share(of.actual, of.amount) or ZERO
    foreseen = share(of.forecast, of.amount)
    colour = {"Over": "waste", "Forecast over": "waste"}.get(of.verdict, "strong")
    # Beyond three times the budget a longer bar says no more, and the others would shrink.
    return Bar(
        of.scope,
        (f"{amount(of.actual)} of {amount(of.amount)}", of.verdict),
        min(spent, Decimal(3)),
        None if foreseen is None else min(foreseen, Decimal(3)),
        colour,
    )


def _agentic(report: Report, block: Block) -> Section:
    title, currency = "Agentic share", block.currency or ""
    of = block.agentic
    known = of.agentic + of.not_agentic
    if not known:
        return Section(
            "agentic",
            title,
            empty=f"Nothing says of any use of {month(report.period)} whether agents or people made it."
            if of.total
            else f"Nothing was used in {month(report.period)}.",
        )
    ratio = share(of.agentic, known)
    before = share(of.previous_agentic, of.previous_agentic + of.previous_not_agentic)
    parts = [
        ("Agents", of.agentic, "strong"),
        ("Not agents", of.not_agentic, "mid"),
        ("Unknown", of.unknown, "faint"),
    ]
    labelled = [
        (name, f"{money(value, currency)}, {percent(share(value, of.total))}", value, colour)
        for name, value, colour in parts
    ]
    return Section(
        "agentic",
        title,
        (
            f"Agents used {percent(ratio)} of what is known either way: {money(of.agentic, currency)} "
            f"of {money(known, currency)} in {month(report.period)}"
            + (f", after {percent(before)} the month before." if before is not None else "."),
        ),
        charts.stack(labelled, f"{title}: " + "; ".join(f"{n} {t}" for n, t, *_ in labelled)),
        Table(
            f"{currency}, use of {month(report.period)}",
            ("Used by", "Spend", "Share"),
            tuple(
                (name, amount(value), percent(share(value, of.total))) for name, value, _ in parts
            ),
            total=("Total", amount(of.total), percent(share(of.total, of.total))),
        ),
        (
            f"Coverage: {percent(share(known, of.total))} of the spend says who used it.",
            "By the month of use, EffectiveCost"
            + (
                f"; bills and corrections of other months make {money(of.total, currency)} here of "
                f"{money(block.effective, currency)} in the billing month."
                if of.total != block.effective
                else ", which is the billing month's total."
            ),
        ),
    )


def _reconciliation(report: Report, block: Block) -> Section:
    title, currency = "How sure these figures are", block.currency or ""
    of = block.reconciled
    if not block.charges:
        return Section(
            "reconciliation", title, empty=f"Nothing was billed in {month(report.period)}."
        )
    labelled = [
        (name, f"{money(value, currency)}, {percent(share(value, of.billed.total))}", value,
         BASIS_COLOURS[name])
        for name, value in of.billed.parts
    ]  # fmt: skip
    estimated = of.billed.stated + of.billed.estimated
    sentences = [
        f"Of {money(block.billed, currency)} billed in {month(report.period)}, "
        f"{money(of.billed.invoiced, currency)} stands on invoices, "
        f"{money(of.billed.reported, currency)} is reported by the vendors, and "
        f"{money(estimated, currency)} ({percent(share(estimated, block.billed))}) rests on gateways "
        "and the price book until a bill is there."
    ]
    if of.corrections:
        sentences.append(
            f"{_signed_money(of.corrections, currency)} of it corrects months that are closed."
        )
    table = None
    notes = [_basis(of.billed, currency, "BilledCost")]
    if of.held is None:
        notes.append(
            "Bills are held against use for the company as a whole: see the company's report."
        )
    elif not of.held:
        notes.append("No bill of the month could be held against use.")
    else:
        unexplained = sum((held.unexplained for held in of.held), ZERO)
        open_rows = sum(held.rows for held in of.held if held.status == "open")
        sentences.append(
            f"Held against priced use line by line, {money(unexplained, currency)} is unexplained; "
            f"{plural(open_rows, 'line')} are open, unexplained or with one side only."
            if open_rows
            else f"Held against priced use line by line, every line is explained; "
            f"{money(unexplained, currency)} is unexplained."
        )
        table = Table(
            f"{currency}, bills of {month(report.period)} held against priced use",
            ("Status", "Lines", "Billed", "Difference to use", "Unexplained"),
            tuple(
                (
                    held.status,
                    number(held.rows),
                    amount(held.billed),
                    amount(held.difference),
                    amount(held.unexplained),
                )
                for held in of.held
            ),
        )
    for found, words in (
        (of.gaps, "Days that nothing covers"),
        (of.doubts, "Doubts about what is charged"),
    ):
        if found is None:
            continue
        at_stake = sum((doubt.at_stake for doubt in found), ZERO)
        notes.append(
            f"{words}: {money(at_stake, currency)} at stake, "
            + listed(
                f"{doubt.what} ({doubt.reason}) {money(doubt.at_stake, currency)}"
                for doubt in found[:3]
            )
            + (f" and {len(found) - 3} more." if len(found) > 3 else ".")
            if found
            else f"{words}: none."
        )
    notes.append(
        "The month is closed: changes are booked as corrections."
        if report.is_closed
        else "The month is open: its figures may still change."
    )
    return Section(
        "reconciliation",
        title,
        tuple(sentences),
        charts.stack(
            labelled, "BilledCost by basis: " + "; ".join(f"{n} {t}" for n, t, *_ in labelled)
        ),
        table,
        tuple(notes),
    )


# --- appendix ------------------------------------------------------------------------------------


def _appendix(report: Report) -> list[Section]:
    sections = []
    for block in report.blocks:
        suffix = f", {block.currency}" if len(report.blocks) > 1 else ""
        for make in (_models_table, _candidates_table):
            if section := make(report, block):
                sections.append(
                    Section(
                        f"{section.key}-{block.currency}",
                        section.title + suffix,
                        table=section.table,
                    )
                )
    return [*sections, _method(report), _evidence(report), _controls(report)]


def _method(report: Report) -> Section:
    whose = (
        "every charge of the company"
        if report.department is None
        else f"the charges of {report.department} alone"
    )
    sentences = [
        f"Spend is EffectiveCost as FOCUS defines it: what was used, with commitments spread over "
        f"their use, by billing month (UTC), of {whose}. Billed is BilledCost: what invoices ask for, "
        "or will. One source carries the money of each account and day, the best there is; the "
        "others only say whose it is.",
        "Invoiced stands on an invoice, Reported in a vendor's report, Stated is a gateway's own "
        "figure, Estimated is use times the price in force that day. A share of nothing, or of a sum "
        "with credits, is written as a dash. Amounts are exact and rounded for the eye only.",
        "Prices: genai-prices "
        + (listed(report.price_versions) if report.price_versions else "(none)")
        + f", {number(report.own_prices)} contract prices and corrections of the company's own.",
        "Conformance to FOCUS: "
        + (
            "; ".join(
                f"version {of.version}, {number(of.rules)} rules, {number(of.passed)} checks pass, "
                f"{number(of.failed)} MUST fail"
                for of in report.conformance
            )
            or "the rules were not evaluated in this build"
        )
        + ".",
        f"Version {report.project_version} of ai_spend, build of {report.built_at}. Use by the day "
        f"reaches to {day(report.newest_day)}; {day(report.last_complete_day)} is the last day that "
        "counts as complete."
        + (
            f" Files that could not be read and count for nothing: {report.refused_files}."
            if report.refused_files
            else " No file was refused."
        ),
    ]
    sentences += [
        f"{currency} was last charged in {month(last)} and has no page here."
        for currency, last in report.quiet_currencies
    ]
    return Section("method", "Method", tuple(sentences))


def _evidence(report: Report) -> Section:
    queries = tuple(
        (f"{of.place}: {of.description}", of.evidence_query)
        for block in report.blocks
        for of in block.savings.top
    )
    if not queries:
        return Section(
            "evidence", "Evidence of the cost reductions", empty="There is no reduction to prove."
        )
    return Section(
        "evidence",
        "Evidence of the cost reductions",
        ("Each query shows, in the build database, the rows that a reduction rests on.",),
        queries=queries,
    )


def _controls(report: Report) -> Section:
    rows = tuple(
        (control.table, block.currency or NONE, _exact(control.total), "equal")
        for block in report.blocks
        for control in block.controls
    )
    if not report.has_charges:
        return Section("controls", "Control totals", empty="There is no charge to add up.")
    return Section(
        "controls",
        "Control totals",
        (
            "The report's totals, to the last digit, are those of the tables below; a report whose "
            "totals differ is not written.",
        ),
        table=Table(
            f"EffectiveCost of {month(report.period)}",
            ("Table", "Currency", "Total", "This report"),
            (
                *(
                    ("this report", block.currency or NONE, _exact(block.effective), "")
                    for block in report.blocks
                ),
                *rows,
            ),
            (0, 1, 3),
        ),
    )


def _exact(value: Decimal) -> str:
    """Every digit that says something, at least two decimals."""
    whole, _, decimals = f"{value:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
