"""The sections of a report, one function each.

Whatever can be empty says why it is. Sentences name amount, currency and month; notes name the
basis (Invoiced, Reported, Stated, Estimated) and the coverage. A table under a chart repeats what
the chart shows, with every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from ai_spend.report import charts
from ai_spend.report.charts import BASIS_COLOURS, CLASS_COLOURS, SIZE_COLOURS, Bar
from ai_spend.report.figures import (
    NO_FEATURE,
    NO_MODEL,
    ZERO,
    Bases,
    Block,
    Budget,
    Doubt,
    Report,
    SeatService,
    Spend,
)
from ai_spend.report.layout import Section, Table
from ai_spend.report.summary import unbilled
from ai_spend.report.words import (
    NONE,
    amount,
    arrow,
    change,
    day,
    day_before,
    listed,
    lower,
    money,
    month,
    month_after,
    number,
    percent,
    plural,
    share,
    short_day,
    signed_money,
    signed_percent,
    span,
    unit_price,
)

BARS, ROWS = 10, 25


def sections(report: Report) -> Sequence[Callable[[Report, Block], Section]]:
    """The sections in their order; a department sees its features where the company has owners."""
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


def _basis(bases: Bases, currency: str, of: str = "EffectiveCost") -> str:
    parts = [
        f"{name} {money(value, currency)} ({percent(share(value, bases.total))})"
        for name, value in bases.parts
        if value
    ]
    return f"Basis of {of}: {', '.join(parts) or 'none'}."


def _part(value: Decimal, whole: Decimal, currency: str) -> str:
    """USD 3.00, 25.0%."""
    return f"{money(value, currency)}, {percent(share(value, whole))}"


def _told(title: str, parts: Iterable[tuple]) -> str:
    """A chart in words: its title, then each name with its figure."""
    return f"{title}: " + "; ".join(f"{name} {label}" for name, label, *_ in parts)


def _trend(report: Report, block: Block) -> Section:
    title, currency = "Three months", block.currency
    if not any(of.effective or of.billed for of in block.trend):
        return Section(
            "trend", title, empty="Nothing was charged in these three months: there is no trend."
        )
    known = [of for of in block.trend if of.has_data]
    missing = [month(of.first) for of in block.trend if not of.has_data]
    sentences = [f"The data do not reach {listed(missing)}."] if missing else []
    if len(known) > 1:
        start, end = known[0], known[-1]
        moved = change(end.effective, start.effective)
        sentences.append(
            f"From {month(start.first)} to {month(end.first)} spend went from "
            f"{money(start.effective, currency)} to {money(end.effective, currency)}"
            + (f" ({signed_percent(moved)})." if moved is not None else ".")
        )
    columns = [
        (
            f"{of.first:%b %Y}",
            amount(of.effective) if of.has_data else "no data",
            of.bases.parts,
        )
        for of in block.trend
    ]
    table = Table(
        f"{currency} by billing month",
        ("Month", "Spend", "Billed", "Invoiced", "Reported", "Stated", "Estimated"),
        tuple(
            (
                month(of.first),
                *map(amount, (of.effective, of.billed, *(value for _, value in of.bases.parts))),
            )
            if of.has_data
            else (month(of.first), "no data", *(NONE,) * 5)
            for of in block.trend
        ),
    )
    return Section(
        "trend",
        title,
        tuple(sentences),
        charts.columns(
            columns, f"{currency} by billing month", _told(f"Spend in {currency} by month", columns)
        ),
        table,
        (_basis(block.bases, currency),),
    )


# --- who and what spent --------------------------------------------------------------------------


def _departments(report: Report, block: Block) -> Section:
    known = percent(share(block.attributed, block.effective))
    return _spend(
        "Spend by department",
        report,
        block,
        block.departments,
        "Department",
        f"Coverage: {money(block.attributed, block.currency)} ({known}) has a known department; "
        "what nobody is known for stands as Unattributed.",
    )


def _features(report: Report, block: Block) -> Section:
    named = sum((of.effective for of in block.features if of.name != NO_FEATURE), ZERO)
    return _spend(
        "Spend by feature",
        report,
        block,
        block.features,
        "Feature",
        f"Coverage: {money(named, block.currency)} ({percent(share(named, block.effective))}) "
        "names a feature; seats and most bills name none.",
    )


def _vendors(report: Report, block: Block) -> Section:
    section = _spend(
        "Spend by vendor and model",
        report,
        block,
        block.services,
        "Service",
        f"Coverage: {unbilled(report, block)}"
        if block.unbilled
        else "Coverage: no service that had a bill in the month before lacks one.",
    )
    models = [of for of in block.models if of.effective and of.model != NO_MODEL][:3]
    if not models:
        return section
    named = listed(
        f"{of.model} at {of.service} ({money(of.effective, block.currency)})" for of in models
    )
    return replace(section, sentences=(*section.sentences, f"Largest models: {named}."))


def _spend(
    title: str, report: Report, block: Block, rows: Sequence[Spend], what: str, coverage: str
) -> Section:
    """Bars with share and trend arrow; the table has the month before and the basis."""
    currency = block.currency
    now, before = month(report.period), month(month_after(report.period, -1))
    key = "vendors" if what == "Service" else "departments"
    if not rows:
        return Section(key, title, empty=f"Nothing was charged in {now} or {before}.")
    bars = [
        Bar(of.name, _labels(of, block), of.effective, of.previous)
        for of in _with_others(rows, BARS)
    ]
    return Section(
        key,
        title,
        (_largest(rows[0], block, now), *_moved(rows, currency, before)),
        charts.bars(
            bars,
            before,
            f"{currency}, {now}: amount, share, and direction. The stroke is {before}.",
            _told(f"{title} in {currency}, {now}", ((of.name, " ".join(of.labels)) for of in bars)),
        ),
        Table(
            f"{currency}, {now} against {before}; by vendor: the part that invoices and reports of "
            "vendors state",
            (what, "Spend", "Share", before, "Change", "Trend", "By vendor"),
            tuple(_row(of, block) for of in _with_others(rows, ROWS)),
            total=_row(Spend("Total", block.effective, block.previous, block.bases), block),
        ),
        (_basis(block.bases, currency), coverage),
    )


def _largest(of: Spend, block: Block, now: str) -> str:
    ratio = share(of.effective, block.effective)
    return f"{of.name} is the largest with {money(of.effective, block.currency)} in {now}" + (
        f", {percent(ratio)} of the total." if ratio is not None else "."
    )


def _moved(rows: Sequence[Spend], currency: str, before: str) -> list[str]:
    moved = [of for of in rows if of.effective != of.previous]
    if not moved:
        return []
    most = max(moved, key=lambda of: abs(of.effective - of.previous))
    difference = most.effective - most.previous
    ratio = change(most.effective, most.previous)
    return [
        f"{most.name} moved most: {money(abs(difference), currency)} "
        f"{'more' if difference > 0 else 'less'} than in {before}"
        + (f" ({signed_percent(ratio)})." if ratio is not None else ".")
    ]


def _labels(of: Spend, block: Block) -> tuple[str, ...]:
    ratio = percent(share(of.effective, block.effective))
    return amount(of.effective), ratio, arrow(of.effective, of.previous)


def _row(of: Spend, block: Block) -> tuple[str, ...]:
    return (
        of.name,
        amount(of.effective),
        percent(share(of.effective, block.effective)),
        amount(of.previous),
        signed_percent(change(of.effective, of.previous)),
        arrow(of.effective, of.previous),
        percent(share(of.bases.by_vendor, of.effective)),
    )


def _with_others(rows: Sequence[Spend], most: int) -> list[Spend]:
    """At most that many rows and one that adds up the others, unless it would be only one."""
    if len(rows) <= most + 1:
        return list(rows)
    shown, others = rows[:most], rows[most:]
    return [
        *shown,
        Spend(
            f"{len(others)} others",
            sum((of.effective for of in others), ZERO),
            sum((of.previous for of in others), ZERO),
            Bases(
                *(
                    sum(values, ZERO)
                    for values in zip(
                        *((value for _, value in of.bases.parts) for of in others), strict=True
                    )
                )
            ),
        ),
    ]


# --- what it was for, and what could be saved ----------------------------------------------------


def _waste(report: Report, block: Block) -> Section:
    title, currency, now = "Investment and waste", block.currency, month(report.period)
    of = block.classified
    if not block.charges:
        return Section("waste", title, empty=f"Nothing was charged in {now} to be classified.")
    parts = [
        (name, _part(value, of.total, currency), value, CLASS_COLOURS[name])
        for name, value in of.classes
    ]
    sentences = [
        f"Of {money(of.total, currency)} in {now}, {money(of.investment, currency)} is joined to a "
        f"confirmed outcome or named an investment by a rule, {money(of.waste, currency)} is waste "
        f"that a rule found, and {money(of.unclassified, currency)} is neither."
    ]
    if of.findings:
        found = [f"{name} {money(cost, currency)}" for name, cost in of.findings]
        more = [f"{len(found) - 4} more kinds"] if len(found) > 5 else []
        sentences.append(f"Waste: {listed(found[:4] + more if more else found)}.")
    seen = [
        f"{money(value, currency)} ({percent(share(value, of.total))}) {words}"
        for value, words in (
            (of.by_call, "was looked at call by call"),
            (of.as_totals, "is known as totals only, in which nothing can be found"),
            (of.no_usage, "is seats, purchases, taxes and credits"),
            (of.closed, "is of closed months or corrections"),
        )
        if value
    ]
    return Section(
        "waste",
        title,
        tuple(sentences),
        charts.donut(parts, f"{currency}, {now}", _told(f"{title}, {now}", parts)),
        Table(
            f"{currency}, {now}",
            ("Class", "Spend", "Share"),
            tuple(
                (name, amount(value), percent(share(value, of.total))) for name, value in of.classes
            ),
            total=("Total", amount(of.total), percent(share(of.total, of.total))),
        ),
        (
            "Unclassified is no judgement: nothing proved it either way.",
            f"Coverage: {'; '.join(seen) or 'nothing could be looked at'}.",
            _basis(block.bases, currency),
        ),
    )


def _reductions(report: Report, block: Block) -> Section:
    title, currency, now = "Top five cost reductions", block.currency, month(report.period)
    savings = block.savings
    if not savings.top:
        return Section(
            "reductions",
            title,
            empty=f"Neither waste nor a cheaper alternative was found in {now}.",
        )
    sure = sum((of.sure for of in savings.top), ZERO)
    sentences = [
        f"{plural(len(savings.top), 'reduction')} shown here would save {money(sure, currency)} a "
        f"month for sure; all {savings.count} found in {now} would save "
        f"{money(savings.all_sure, currency)} for sure and {money(savings.all_best, currency)} at "
        "best."
    ]
    possible = savings.largest_possible
    if possible is not None and possible not in savings.top:
        sentences.append(
            f"The largest that is only possible: {possible.place}, {lower(possible.description)}, "
            f"up to {money(possible.best, currency)} a month"
            + (", after a test of the answers." if possible.is_test_first else ".")
        )
    return Section(
        "reductions",
        title,
        tuple(sentences),
        table=Table(
            f"{currency} a month, from the charges of {now}",
            ("What to do", "Where", "Sure", "At best", "Effort", "Risk", "Rests on"),
            tuple(
                (
                    of.description,
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
            "Sure is what stops next month, or the lower end of a range; nothing is counted twice. "
            "Queries that show the rows behind each stand under Evidence.",
            f"Basis: reckoned from the month's charges. {_basis(block.bases, currency)}",
        ),
    )


def _outcomes(report: Report, block: Block) -> Section:
    title, currency, now = "Cost per outcome", block.currency, month(report.period)
    of = block.outcomes
    if not of.rows:
        return Section(
            "outcomes",
            title,
            empty="No outcome (a resolved ticket, a merged pull request) was delivered for "
            f"{now}, so there is nothing to divide by.",
        )
    sentences = [
        f"{row.outcome_type} of {row.department}: {unit_price(row.cost_per_outcome, currency)} "
        f"each in {now}"
        + (
            f" ({signed_percent(row.change_share)} on the month before)"
            if row.change_share is not None
            else ""
        )
        + f"; cost was found for {percent(share(row.covered, row.recorded))} of them."
        for row in [row for row in of.rows if row.cost_per_outcome is not None][:2]
    ] or [
        f"Outcomes were reached in {now}, but no cost was found for any, which does not make them "
        "free."
    ]
    joined = percent(share(of.joined, of.total))
    notes = [
        f"Coverage: {money(of.joined, currency)} ({joined}) of {money(of.total, currency)} joins "
        "an outcome. A ratio of the month, and no proof that the one caused the other."
    ]
    if of.row_count > len(of.rows):
        notes.append(
            f"{of.row_count - len(of.rows)} more rows stand in the table cost_per_outcome."
        )
    return Section(
        "outcomes",
        title,
        tuple(sentences),
        table=Table(
            f"{currency}, {now}; with cost: the part of the outcomes that any cost was found for",
            ("Outcome", "Owner", "Accepted", "With cost", "Cost", "Each", "Change", "Basis"),
            tuple(
                (
                    row.outcome_type,
                    row.department + (f" / {row.feature}" if row.feature else ""),
                    number(row.accepted),
                    percent(share(row.covered, row.recorded)),
                    "none found" if row.cost is None else amount(row.cost),
                    unit_price(row.cost_per_outcome),
                    signed_percent(row.change_share),
                    row.basis or NONE,
                )
                for row in of.rows
            ),
            (0, 1, 7),
        ),
        notes=tuple(notes),
    )


def _efficiency(report: Report, block: Block) -> Section:
    title, currency, now = "Model efficiency", block.currency, month(report.period)
    of = block.efficiency
    coverage = (
        f"Coverage: {plural(of.unpriced_rows, 'record')} of use without a price "
        f"({number(of.unpriced_tokens)} tokens) in none of these amounts."
        if of.unpriced_rows
        else "Coverage: all use of the month has a price."
    )
    if not of.rows:
        empty = f"No use of a model was charged in {now}."
        return Section(
            "efficiency", title, empty=empty, notes=(coverage,) if of.unpriced_rows else ()
        )
    total = sum((value for _, value in of.classes), ZERO)
    frontier = dict(of.classes).get("frontier", ZERO)
    sentences = [
        "What was charged names no model."
        if not total
        else f"Frontier models are {money(frontier, currency)} "
        f"({percent(share(frontier, total))}) of {money(total, currency)} charged for named models "
        f"in {now}."
    ]
    if of.candidates:
        most = of.candidates[0]
        sentences.append(
            f"May be larger than the task needs: {most.model} at {most.service}, {most.owner}. At "
            f"{most.alternative_model} the same {plural(most.calls, 'call')} would have cost "
            f"between {money(most.low, currency)} and {money(most.high, currency)} less; the "
            "answers have to be compared first."
        )
    else:
        sentences.append("No smaller model would have done the same calls for less.")
    parts = [
        (words, _part(value, total, currency), value, SIZE_COLOURS[size])
        for size, words in (
            ("frontier", "Frontier"),
            ("mid", "Middle"),
            ("small", "Small"),
            ("unknown", "Unknown size"),
        )
        if (value := dict(of.classes).get(size)) is not None
    ]
    more = of.row_count - len(of.rows)
    return Section(
        "efficiency",
        title,
        tuple(sentences),
        charts.stack(
            parts,
            f"{currency}, use of {now}, by the size of the model",
            _told(f"Charged for models by their size, {now}", parts),
        ),
        Table(
            f"{currency}, use of {now}; calls and cost per call as one log tells them, at "
            "contracted prices",
            ("Model", "Service", "Size", "Charged", "Calls", "Per call", "From cache"),
            tuple(
                (
                    use.model,
                    use.service,
                    use.size,
                    amount(use.charged),
                    number(use.calls) if use.calls else NONE,
                    unit_price(use.per_call),
                    percent(use.cache_share),
                )
                for use in of.rows
            ),
            (0, 1, 2),
        ),
        (
            coverage,
            f"{_basis(of.bases, currency)} By the month of use.",
            *((f"{more} more models stand in the table model_efficiency.",) if more else ()),
        ),
    )


def _seats(report: Report, block: Block) -> Section:
    title, currency, now = "Ghost seats", block.currency, month(report.period)
    rows, newest = block.seats.rows, block.seats.newest
    older = [
        f"The newest seat list of {service} is of {month(of)}; {money(cost, currency)} a month "
        "that it shows as recoverable is not counted here."
        for service, of, cost in block.seats.older
        if cost
    ]
    if not rows:
        return Section(
            "seats",
            title,
            empty=f"No seat list was delivered for {now} and no seat was charged.",
            notes=tuple(older),
        )

    def total(pick: Callable[[SeatService], Decimal | None]) -> Decimal:
        return sum((pick(of) or ZERO for of in rows), ZERO)

    certain, probable = total(lambda of: of.certain), total(lambda of: of.probable)
    unknown, unpriced = total(lambda of: of.unknown), total(lambda of: of.without_price)
    cost, stops = total(lambda of: of.ghost_cost), total(lambda of: of.now)
    later, count = total(lambda of: of.at_renewal), total(lambda of: of.seats)
    sentences = [
        f"{number(certain + probable)} of {plural(count, 'seat')} look unneeded "
        f"({number(certain)} for certain, {number(probable)} probably); they cost "
        f"{money(cost, currency)} in {now}."
    ]
    if newest is None or newest <= report.period:
        sentences.append(
            f"Given back now, {money(stops, currency)} a month stops with the next one, and "
            f"{money(later, currency)} more at the renewal."
        )
    else:
        sentences.append(
            f"What can be stopped is said of the newest lists alone, those of {month(newest)}: see "
            "that month's report."
        )
    bases = sorted({of.basis for of in rows if of.basis})
    renewals = [of for of in rows if of.renewal_on and of.at_renewal]
    return Section(
        "seats",
        title,
        tuple(sentences),
        table=Table(
            f"Seats of {now}; cost in {currency or 'no currency'}, what stops is a month's",
            (
                *("Service", "Seats", "Certain", "Probable", "To look at", "Unknown"),
                *("Cost", "Stops now", "At renewal"),
            ),
            tuple(
                (
                    of.service,
                    *map(number, (of.seats, of.certain, of.probable, of.review, of.unknown)),
                    *map(amount, (of.ghost_cost, of.now, of.at_renewal)),
                )
                for of in rows
            ),
            total=(
                "Total",
                *map(number, (count, certain, probable, total(lambda of: of.review), unknown)),
                *map(amount, (cost, stops, later)),
            ),
        ),
        notes=(
            f"Coverage: {plural(unknown, 'seat')} of which nothing says whether they are used, "
            "which makes no ghost; "
            + (
                f"{plural(unpriced, 'ghost')} without a known price."
                if unpriced
                else "no ghost without a price."
            ),
            (f"Basis: {listed(bases)}. " if bases else "")
            + "Counts and money only; who holds a seat stands in the table ghost_seats.",
            *(f"{of.service}: the earliest renewal is {day(of.renewal_on)}." for of in renewals),
            *older,
        ),
    )


# --- where it goes, and how sure it is -----------------------------------------------------------


def _budgets(report: Report, block: Block) -> Section:
    title, currency, now = "Budget and forecast", block.currency, month(report.period)
    budgets = block.budgets
    if not budgets:
        whose = "" if report.department is None else " of this department"
        return Section(
            "budgets",
            title,
            empty=f"No budget{whose} in {currency or 'any currency'} covers {now} (register "
            "budgets.csv).",
        )
    as_of = day(max((of.as_of for of in budgets if of.as_of), default=None))
    found = [
        (words, [of.scope for of in budgets if of.verdict == verdict])
        for verdict, words in (
            ("Over", "passed"),
            ("Forecast over", "passed by the end of the forecast"),
            ("At risk", "at risk, at the upper end of the forecast"),
        )
    ]
    sentences = [
        f"{plural(len(scopes), 'budget')} {words}: {listed(_first(scopes, 8))}."
        for words, scopes in found
        if scopes
    ] or ["No budget is passed, foreseen to be passed or at risk."]
    shown = [(of, _budget_bar(of)) for of in budgets[:BARS]]
    return Section(
        "budgets",
        title,
        tuple(sentences),
        charts.bars(
            [bar for _, bar in shown],
            "forecast",
            f"{currency}: billed, of the budget. The stroke is the forecast, the thin line the "
            "whole budget.",
            _told(
                f"Budgets in {currency}", ((of.scope, " ".join(bar.labels)) for of, bar in shown)
            ),
            goal=Decimal(1),
        ),
        Table(
            f"{currency}; billed up to {as_of} is known, forecasts are estimates",
            (
                "Budget",
                "Period",
                "Amount",
                "Billed",
                "Not invoiced",
                "Forecast",
                "Range",
                "Verdict",
            ),
            tuple(
                (
                    f"{of.scope} ({of.budget_id})",
                    span(of.period_start, day_before(of.period_end)),
                    *map(amount, (of.amount, of.actual, of.not_yet_invoiced, of.forecast)),
                    NONE
                    if of.low is None or of.high is None
                    else f"{amount(of.low)} to {amount(of.high)}",
                    of.verdict + (f", {short_day(of.breach_date)}" if of.breach_date else ""),
                )
                for of in budgets[:ROWS]
            ),
            (0, 1, 6, 7),
        ),
        (
            f"Basis: BilledCost up to {as_of} is known, forecast and range are estimates from "
            "back-tests of earlier months. Budgets may overlap and are never added.",
            *(
                f"{of.scope} ({of.budget_id}): {plural(of.other_currencies, 'charge')} in other "
                "currencies, in no amount."
                for of in budgets
                if of.other_currencies
            ),
            *(
                (f"{len(budgets) - ROWS} more budgets stand in the table budget_status.",)
                if len(budgets) > ROWS
                else ()
            ),
        ),
    )


def _first(names: list[str], most: int) -> list[str]:
    return names if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]


def _budget_bar(of: Budget) -> Bar:
    foreseen = share(of.forecast, of.amount)
    # Beyond three times the budget a longer bar says no more, and the others would shrink.
    longest = Decimal(3)
    return Bar(
        of.scope,
        (f"{amount(of.actual)} of {amount(of.amount)}", of.verdict),
        min(share(of.actual, of.amount) or ZERO, longest),
        None if foreseen is None else min(foreseen, longest),
        "waste" if of.verdict in ("Over", "Forecast over") else "strong",
    )


def _agentic(report: Report, block: Block) -> Section:
    title, currency, now = "Agentic share", block.currency, month(report.period)
    of = block.agentic
    known = of.agentic + of.not_agentic
    if not known:
        return Section(
            "agentic",
            title,
            empty=f"Nothing says of any use of {now} whether agents made it."
            if of.total
            else f"Nothing was used in {now}.",
        )
    before = share(of.previous_agentic, of.previous_agentic + of.previous_not_agentic)
    used = (
        ("Agents", of.agentic, "strong"),
        ("Others", of.not_agentic, "mid"),
        ("Unknown", of.unknown, "faint"),
    )
    parts = [
        (name, _part(value, of.total, currency), value, colour) for name, value, colour in used
    ]
    return Section(
        "agentic",
        title,
        (
            f"Agents used {percent(share(of.agentic, known))} of what is known either way: "
            f"{money(of.agentic, currency)} of {money(known, currency)} in {now}"
            + (f", after {percent(before)} the month before." if before is not None else "."),
        ),
        charts.stack(parts, f"{currency}, use of {now}", _told(f"{title}, {now}", parts)),
        Table(
            f"{currency}, use of {now}",
            ("Used by", "Spend", "Share"),
            tuple(
                (name, amount(value), percent(share(value, of.total))) for name, value, _ in used
            ),
            total=("Total", amount(of.total), percent(share(of.total, of.total))),
        ),
        (
            f"Coverage: {percent(share(known, of.total))} of the spend says who used it.",
            f"{_basis(of.bases, currency)} By the month of use"
            + (
                f": bills and corrections of other months make {money(of.total, currency)} here of "
                f"{money(block.effective, currency)} in the billing month."
                if of.total != block.effective
                else ", which is the billing month's total."
            ),
        ),
    )


def _reconciliation(report: Report, block: Block) -> Section:
    title, currency, now = "How sure these figures are", block.currency, month(report.period)
    of = block.reconciled
    if not block.charges:
        return Section("reconciliation", title, empty=f"Nothing was billed in {now}.")
    parts = [
        (name, _part(value, of.billed.total, currency), value, BASIS_COLOURS[name])
        for name, value in of.billed.parts
    ]
    estimated = of.billed.stated + of.billed.estimated
    sentences = [
        f"Of {money(block.billed, currency)} billed in {now}, "
        f"{money(of.billed.invoiced, currency)} stands on invoices, "
        f"{money(of.billed.reported, currency)} is reported by the vendors, and "
        f"{money(estimated, currency)} ({percent(share(estimated, block.billed))}) rests on "
        "gateways and the price book until a bill is there."
    ]
    if of.corrections:
        corrected = signed_money(of.corrections, currency)
        sentences.append(f"{corrected} of it corrects months that are closed.")
    if of.held:
        still_open = sum(held.rows for held in of.held if held.status == "open")
        sentences.append(
            f"Bills are held against priced use line by line: {money(of.unexplained, currency)} is "
            f"unexplained, {plural(still_open, 'line')} open (unexplained, or with one side only)."
        )
    if of.unpriced:
        sentences.append(
            f"{plural(of.unpriced, 'line')} of use or seats without any price could not be held "
            "against a bill."
        )
    notes = [_basis(of.billed, currency, "BilledCost")]
    if of.held is None:
        notes.append("Bills are held against use for the company as a whole: see its report.")
    elif not of.held:
        notes.append("No bill of the month could be held against use.")
    notes += _at_stake("Coverage: days and pages that nothing covers", of.gaps, currency)
    notes += _at_stake("Doubts about what is charged", of.doubts, currency)
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
            parts, f"{currency}, BilledCost of {now}", _told(f"BilledCost by basis, {now}", parts)
        ),
        Table(
            f"{currency}, bills of {now} held against priced use",
            ("Status", "Lines", "Billed", "Difference to use", "Unexplained"),
            tuple(
                (
                    held.status,
                    number(held.rows),
                    *map(amount, (held.billed, held.difference, held.unexplained)),
                )
                for held in of.held
            ),
        )
        if of.held
        else None,
        tuple(notes),
    )


def _at_stake(words: str, found: Sequence[Doubt] | None, currency: str) -> list[str]:
    """The money at stake and the largest of it; nothing where it is not known (a department)."""
    if found is None:
        return []
    if not found:
        return [f"{words}: none."]
    known = [of for of in found if of.at_stake is not None]
    unknown = [f"{of.what} ({of.reason})" for of in found if of.at_stake is None]
    said = []
    if known:
        total = money(sum((of.at_stake for of in known), ZERO), currency)
        largest = [f"{of.what} ({of.reason}) {money(of.at_stake, currency)}" for of in known]
        said.append(f"{words}: {total} at stake, {listed(_first(largest, 3))}.")
    if unknown:
        said.append(f"{words}, for an amount that is not known: {listed(_first(unknown, 3))}.")
    return said
