"""The three numbers of the first page, and a sentence on why each is what it is."""

from __future__ import annotations

from collections.abc import Sequence

from ai_spend.report.figures import ZERO, Block, Report, Spend
from ai_spend.report.layout import Tile
from ai_spend.report.words import (
    NONE,
    change,
    listed,
    lower,
    money,
    month,
    month_after,
    percent,
    plural,
    share,
    signed_money,
    signed_percent,
)


def tiles(report: Report, block: Block) -> tuple[Tile, ...]:
    """Total, change on the month before, and the waste that can be recovered."""
    currency, savings = block.currency, block.savings
    moved = change(block.effective, block.previous)
    difference = signed_money(block.effective - block.previous, currency)
    return (
        Tile(
            "Total AI spend",
            money(block.effective, currency) if currency else NONE,
            f"{plural(block.charges, 'charge')}, billed {money(block.billed, currency)}"
            if block.charges
            else "no charges",
            _why_total(report, block),
        ),
        Tile(
            f"Change on {month(month_after(report.period, -1))}",
            signed_percent(moved) if moved is not None else difference if currency else NONE,
            difference if moved is not None else "no percentage",
            _why_change(report, block),
        ),
        Tile(
            "Recoverable waste a month",
            money(savings.waste_sure, currency) if currency else NONE,
            f"up to {money(savings.waste_best, currency)}"
            if savings.waste_best > savings.waste_sure
            else f"from {plural(savings.waste_count, 'finding')}",
            _why_waste(report, block),
        ),
    )


def _why_total(report: Report, block: Block) -> str:
    if not block.charges:
        return f"No bill, report or log charges anything in {month(report.period)}."
    shares = [(of.name, share(of.effective, block.effective)) for of in block.services[:3]]
    largest = [f"{name} {percent(part)}" for name, part in shares if part]
    if not largest:
        return "Credits and corrections outweigh what was charged, so there are no shares."
    by_vendor = share(block.bases.by_vendor, block.effective)
    rest = share(block.bases.stated + block.bases.estimated, block.effective)
    sure = (
        f" Vendors' invoices and reports state {percent(by_vendor)} of it; {percent(rest)} is "
        "stated by a gateway or estimated."
        if by_vendor is not None and rest is not None
        else ""
    )
    return f"{listed(largest)} of the month.{sure}"


def _why_change(report: Report, block: Block) -> str:
    before = month(month_after(report.period, -1))
    if not any(of.previous for of in block.services):
        if report.first_month is not None and report.period <= report.first_month:
            return f"{month(report.period)} is the first month of the data."
        return f"Nothing was charged in {before}, so there is no percentage."
    moves = sorted(block.services, key=lambda of: of.effective - of.previous)
    falls = [of for of in moves if of.effective < of.previous][:2]
    rises = [of for of in reversed(moves) if of.effective > of.previous][:2]
    told = [_told(falls, "down", block.currency), _told(rises, "up", block.currency)]
    if block.effective > block.previous:
        told.reverse()
    moved = "; ".join(words for words in told if words) or "No service moved"
    return f"{moved}.{' ' if block.unbilled else ''}{unbilled(report, block)}"


def _told(services: Sequence[Spend], way: str, currency: str) -> str:
    """GitHub Copilot is up by USD 3.00 and OpenAI API by USD 2.00."""
    names = [f"{of.name}{'' if at else f' is {way}'}" for at, of in enumerate(services)]
    by = [money(abs(of.effective - of.previous), currency) for of in services]
    moved = [f"{name} by {amount}" for name, amount in zip(names, by, strict=True)]
    return listed(moved) if moved else ""


def unbilled(report: Report, block: Block) -> str:
    """The warning that a fall may be nothing but bills to come; empty where none is missing."""
    if not block.unbilled:
        return ""
    then = money(sum((of.previous for of in block.unbilled), ZERO), block.currency)
    now = money(sum((of.effective for of in block.unbilled), ZERO), block.currency)
    names = [of.name for of in sorted(block.unbilled, key=lambda of: -of.previous)]
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
    return (
        f"No bill of {month(report.period)} is there yet for {listed(shown)}: {then} in "
        f"{month(month_after(report.period, -1))}, {now} so far."
    )


def _why_waste(report: Report, block: Block) -> str:
    largest = block.savings.largest_waste
    if largest is None:
        return f"No rule found waste in the charges of {month(report.period)}."
    what = f"{largest.place}, {lower(largest.description)}"
    seen = percent(share(block.classified.by_call, block.effective))
    first = (
        f"Largest: {what}, {money(largest.sure, block.currency)}."
        if largest.sure
        else f"Nothing is sure to stop next month; possible: {what}."
    )
    newest = block.seats.newest
    later = (
        f" Ghost seats count in the month of the newest lists, {month(newest)}."
        if newest is not None and newest > report.period
        else ""
    )
    return f"{first} Call by call, {seen} of the spend could be looked at.{later}"
