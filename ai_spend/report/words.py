"""How the report writes amounts, shares, months and names. All arithmetic is exact (Decimal).

Amounts are rounded half up to hundredths for the eye only; nothing is ever computed from a rounded
one. A share of nothing, or of a sum with negative parts, is no share: it is written as a dash.
"""

from __future__ import annotations

import decimal
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

# Sums of DECIMAL(38, 18) and their quotients: the default context would round at 28 digits.
EXACT = decimal.Context(prec=76, rounding=ROUND_HALF_UP)
HUNDREDTH = Decimal("0.01")
NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
UP, DOWN, LEVEL = "\N{UPWARDS ARROW}", "\N{DOWNWARDS ARROW}", "\N{RIGHTWARDS ARROW}"
# Characters that turn the direction of what follows, and so would turn the report's own words.
_DIRECTIONS = {*map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F))}


def clean(name: str | None, otherwise: str) -> str:
    """A name as it is shown: one line of characters; `otherwise` where none is left.

    What is no character (U+FFFE, half a pair) may stand in no XML, and so in no picture.
    """
    shown = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign
        for sign in name or ""
        if sign not in _DIRECTIONS
        and ord(sign) & 0xFFFE != 0xFFFE
        and not 0xFDD0 <= ord(sign) <= 0xFDEF
    )
    return " ".join(shown.split()) or otherwise


def pieces(text: str) -> list[str]:
    """The text, cut where a long word may be broken: names have words of any length, no hyphens."""
    cut: list[str] = []
    for at, part in enumerate(re.split(r"(\S{28,})", text)):
        cut += re.findall(r".{1,14}", part) if at % 2 else [part]
    return [piece for piece in cut if piece]


def rounded(amount: Decimal, to: Decimal = HUNDREDTH) -> Decimal:
    return amount.quantize(to, context=EXACT)


def amount(value: Decimal | None, to: Decimal = HUNDREDTH) -> str:
    """1,234.50; <0.01 for what would round to nothing and is not; a dash for the unknown."""
    if value is None:
        return NONE
    if value and not rounded(value, to):
        return f"<{to}" if value > 0 else f">{MINUS}{to}"
    return f"{rounded(value, to) + 0:,f}".replace("-", MINUS)


def signed(value: Decimal | None) -> str:
    """The same with its sign: +1,234.50."""
    return f"+{amount(value)}" if value is not None and value > 0 else amount(value)


def money(value: Decimal | None, currency: str) -> str:
    """USD 1,234.50."""
    return NONE if value is None else f"{currency} {amount(value)}".strip()


def signed_money(value: Decimal, currency: str) -> str:
    """USD +1,234.50."""
    return f"{currency} {signed(value)}".strip()


def unit_price(value: Decimal | None, currency: str = "") -> str:
    """The price of one thing: four decimals where it is less than one unit of the currency."""
    if value is None:
        return NONE
    digits = HUNDREDTH if abs(value) >= 1 else Decimal("0.0001")
    return f"{currency} {amount(value, digits)}".strip()


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """part of whole, 0 to 1 and more; None where nothing can be a share."""
    if part is None or whole is None or whole <= 0 or part < 0:
        return None
    return EXACT.divide(part, whole)


def change(now: Decimal, before: Decimal) -> Decimal | None:
    """(now - before) of before; None after nothing or less, for which there is no percentage."""
    return EXACT.divide(EXACT.subtract(now, before), before) if before > 0 else None


def percent(value: Decimal | None) -> str:
    """0.135 as 13.5%; <0.1% and >99.9% where rounding would claim none or all."""
    if value is None:
        return NONE
    shown = rounded(value * 100, Decimal("0.1"))
    if value > 0 and not shown:
        return "<0.1%"
    if value < 1 and shown == 100:
        return ">99.9%"
    return f"{shown + 0:,f}%".replace("-", MINUS)


def signed_percent(value: Decimal | None) -> str:
    return f"+{percent(value)}" if value is not None and value > 0 else percent(value)


def arrow(now: Decimal, before: Decimal) -> str:
    """Up, down or level against the month before, where level is less than half a per cent."""
    moved = change(now, before)
    if moved is None:
        return UP if now > before else DOWN if now < before else LEVEL
    return UP if moved >= Decimal("0.005") else DOWN if moved <= Decimal("-0.005") else LEVEL


def number(value: Decimal | int | None) -> str:
    """A count; decimals only where there are any."""
    if value is None:
        return NONE
    text = f"{Decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plural(count: Decimal | int, one: str, more: str | None = None) -> str:
    """1 seat, 2 seats."""
    return f"{number(count)} {one if count == 1 else more or one + 's'}"


def month(first: date) -> str:
    return f"{first:%B %Y}"


def day(value: date | None) -> str:
    return NONE if value is None else f"{value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """3 Oct 2026."""
    return f"{value.day} {value:%b %Y}"


def span(start: date, end: date) -> str:
    """A period of whole months (Sep 2026, Jul to Sep 2026) or of days; end is the last day."""
    if start.day != 1 or end != last_day(end.replace(day=1)):
        return f"{short_day(start)} to {short_day(end)}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{end:%b %Y}"
    return f"{start:%b}{'' if start.year == end.year else f' {start.year}'} to {end:%b %Y}"


def month_after(first: date, months: int = 1) -> date:
    """The first day of the month that many months later (earlier, below 0)."""
    year, index = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, index + 1, 1)


def last_day(first: date) -> date:
    return month_after(first) - timedelta(days=1)


def day_before(end: date) -> date:
    """The last day of a period by the first day after it."""
    return end - timedelta(days=1)


def lower(text: str) -> str:
    """A sentence as a part of another."""
    return text[:1].lower() + text[1:]


def listed(items: Iterable[str]) -> str:
    """a, b and c."""
    *most, last = list(items) or [NONE]
    return f"{', '.join(most)} and {last}" if most else last
