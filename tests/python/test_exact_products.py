"""Amounts, quantities and prices of any size: read to the last digit, multiplied exactly, or
refused.

The macros of macros/engine are rendered as dbt renders them and run by DuckDB; Python's fractions
are the arithmetic that they are held against.
"""

from __future__ import annotations

import random
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import pytest

PROJECT = Path(__file__).resolve().parents[2]
ENGINE = PROJECT / "macros" / "engine"
FILES = ("types", "products", "exact_amount", "exact_ratio", "estimated_part", "part_of_quantity")

# Products that are none of money, prices, rates or quantities, or that cannot grow: why. A model is
# named with as many products as it may have.
NO_PRODUCTS_OF_MONEY = {
    "macros/engine/exact_ratio.sql": (4, "whole units of at most 30 digits, in try"),
    "macros/engine/epoch_timestamp.sql": (1, "seconds of a time"),
    "macros/engine/model_spellings.sql": (3, "places of rules in an order"),
    "macros/landing/api_buckets.sql": (1, "a list of empty texts, in Jinja"),
    "models/core/allocation/day_allocations.sql": (2, "days of a line, in whole numbers"),
    "models/core/annual_seats.sql": (1, "months"),
    "models/core/billing_source/source_overlaps.sql": (7, "numbers of calls and days"),
    "models/core/billing_source/sourced_seats.sql": (3, "days of a month"),
    "models/core/classification/found_parts.sql": (
        1,
        "whole units of a quantity and its price: their product is a charge, below 10^20 x 10^18",
    ),
    "models/core/classification/ghost_seat_charges.sql": (1, "days of a month"),
    "models/core/priced_seats.sql": (2, "days of a month"),
    "models/marts/budgets/budget_spend.sql": (2, "numbers of days"),
    "models/marts/budgets/anomalies.sql": (7, "the direction, 1 or -1, and twice a difference"),
    "models/staging/cursor/base_cursor__spend.sql": (1, "seconds of a time"),
    "models/staging/cursor/base_cursor__usage_events.sql": (2, "seconds of a time"),
    "models/staging/ibm_watsonx/base_ibm_watsonx__usage_report.sql": (2, "the number of a record"),
}
ONLY_PLACE = "macros/engine/products.sql"


def products(text: str) -> list[str]:
    """What stands around each multiplication in SQL; comments and `select *` are none."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"--[^\n]*", "", text)
    found = []
    for star in re.finditer(r"(?<!\*)\*(?!\*)", text):
        before, after = text[: star.start()].rstrip(), text[star.end() :].lstrip()
        in_text = text[text.rfind("\n", 0, star.start()) : star.start()].count("'") % 2
        is_columns = (
            re.match(r"(exclude|replace|from)\b", after)
            or before.endswith(("select", ".", "count(", ",", "%}"))
            or (before.endswith("}}") and after.startswith("from"))
        )
        # Times 1 or -1.
        is_sign = re.search(r"\bsign\([^()]*\)$", before)
        is_spaced = text[star.start() - 1 : star.end() + 1] == " * "
        if not is_columns and not is_sign and (not in_text or is_spaced):
            found.append(f"{before[-40:]} * {after[:40]}")
    return found


def test_decimals_are_multiplied_in_one_place_only():
    paths = [*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "macros").rglob("*.sql")]
    found = {}
    for path in paths:
        name = path.relative_to(PROJECT).as_posix()
        if name != ONLY_PLACE and (here := products(path.read_text(encoding="utf-8"))):
            found[name] = here
    more = {
        name: here
        for name, here in found.items()
        if len(here) > NO_PRODUCTS_OF_MONEY.get(name, (0, ""))[0]
    }
    assert not more, f"use exact_product, part_of_units or decimal_of_units: {more}"
    fewer = {
        name
        for name, (count, _) in NO_PRODUCTS_OF_MONEY.items()
        if len(found.get(name, [])) < count
    }
    assert not fewer, f"no longer needed here: {fewer}"


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("select * from a", 0),
        ("select a.* exclude (b) from a", 0),
        ("select count(*), * replace (1 as b) from a", 0),
        ("-- price * quantity\nselect price from a", 0),
        ("select price * quantity from a", 1),
        ("select sign(a) * {{ exact_product('b', 'c', 'd') }}", 0),
        ("select\n    price\n    * if(x, 2, 1) as y", 1),
        ("{{ part_of_units('price * quantity', 1, 2) }}", 1),
        ("regexp_matches(a, 'b.*')", 0),
    ],
)
def test_a_bare_product_is_found(sql, count):
    assert len(products(sql)) == count


@pytest.fixture(scope="module")
def macros():
    text = "\n".join((ENGINE / f"{name}.sql").read_text(encoding="utf-8") for name in FILES)
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["return"] = lambda value: value
    template = environment.from_string(text)
    found = {}
    environment.globals["adapter"] = SimpleNamespace(
        dispatch=lambda name: lambda *arguments: found[f"duckdb__{name}"](*arguments)
    )
    module = template.module
    found |= {name: macro for name, macro in vars(module).items() if callable(macro)}
    return module


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        yield connection


def rounded(number: Fraction, digits: int) -> Decimal:
    """Half away from zero, as DuckDB casts."""
    with localcontext(prec=120):
        units = (abs(number) * 10**digits * 2 + 1) // 2
        return Decimal(int(units)).scaleb(-digits) * (-1 if number < 0 else 1)


def of_any_size(rng: random.Random, smallest: int, largest: int, digits: int) -> Decimal:
    """A number from 10^smallest to 10^largest with at most so many decimals, even in magnitude."""
    with localcontext(prec=120):
        magnitude = rng.randint(smallest, largest)
        number = Decimal(rng.randint(10**14, 10**15)).scaleb(magnitude - 15)
        return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def asked(engine, types: list[str], rows: list[tuple], *expressions: str) -> list[tuple]:
    """The expressions of columns a, b, c for each row, given as text."""
    columns = ", ".join(
        f"cast(column{place} as {kind}) as {name}"
        for place, (name, kind) in enumerate(zip("abcdef", types, strict=False))
    )
    names = ", ".join(f"column{place}" for place in range(len(types)))
    values = ", ".join(
        "("
        + ", ".join(f"'{value:f}'" if isinstance(value, Decimal) else f"'{value}'" for value in row)
        + f", {number})"
        for number, row in enumerate(rows)
    )
    return engine.execute(
        f"with raw({names}, place) as (values {values}),"
        f" typed as (select {columns}, place from raw)"
        f" select {', '.join(expressions)} from typed order by place"
    ).fetchall()


def written(rng: random.Random, number: Decimal) -> str:
    """A number as exports write it: plain, with zeros behind, or with an exponent."""
    return rng.choice(
        (f"{number:f}", f"{number:f}" + ("0" if "." in f"{number:f}" else ".0"), f"{number:e}")
    )


def test_amounts_of_every_size_are_read_to_the_last_digit(engine, macros):
    rng = random.Random(1)
    numbers = [
        rng.choice((1, -1)) * of_any_size(rng, -12, 16, rng.choice((2, 10, 18))) for _ in range(800)
    ]
    numbers += [Decimal("0.000000000001"), Decimal("1e15"), Decimal("9999999999999999.99")]
    rows = [(written(rng, number),) for number in numbers]
    read = asked(engine, ["varchar"], rows, macros.exact_amount("a"), macros.exact_cents("a"))
    for number, (text,), (amount, cents) in zip(numbers, rows, read, strict=True):
        assert amount == number, text
        # Sixteen digits of a cent are eighteen of its currency.
        assert cents == rounded(Fraction(rounded(Fraction(number), 16)) / 100, 18), text


def test_what_is_too_large_for_an_amount_is_no_amount_and_is_named(engine, macros):
    rows = [("1e16",), ("-10000000000000000",), ("1e40",), ("12a",), ("ann@example.com",)]
    read = asked(
        engine,
        ["varchar"],
        rows,
        macros.exact_amount("a"),
        macros.unreadable("a", macros.exact_amount("a")),
        macros.refused_number("a"),
    )
    assert read == [
        (None, True, " (1e16, the limit is 10^16)"),
        (None, True, " (-10000000000000000, the limit is 10^16)"),
        (None, True, " (1e40, the limit is 10^16)"),
        (None, True, ""),
        (None, True, ""),
    ]


KINDS = {
    # what: types of the factors, type of the product, magnitudes of the factors, their decimals
    "price x factor": (("unit_price_type", "decimal(9, 8)"), "unit_price_type", (-8, 10), (-8, 0)),
    "price x quantity": (
        ("unit_price_type", "pricing_quantity_type"),
        "money_type",
        (-8, 9),
        (-10, 11),
    ),
    "1 x amount as quantity": (
        ("decimal(18, 8)", "pricing_quantity_type"),
        "money_type",
        (0, 1),
        (-10, 16),
    ),
    "amount x rate": (("payable_type", "decimal(13, 8)"), "money_type", (-10, 15), (-8, 5)),
    "quantity x unit": (
        ("quantity_type", "decimal(7, 6)"),
        "pricing_quantity_type",
        (-9, 18),
        (-6, 0),
    ),
    "quantity x number": (("quantity_type", "decimal(10, 0)"), "quantity_type", (-9, 17), (0, 6)),
    "cents": (("decimal(36, 16)", "decimal(3, 2)"), "amount_type", (-12, 17), (-2, 0)),
    "share of money": (("decimal(38, 4)", "decimal(18, 6)"), "money_type", (-4, 15), (-6, 4)),
}


def type_of(macros, name: str) -> str:
    return getattr(macros, name)().strip() if name.endswith("_type") else name


@pytest.mark.parametrize("kind", KINDS)
def test_products_are_exact_to_the_last_digit_of_their_type(engine, macros, kind):
    factors, result, *magnitudes = KINDS[kind]
    types = [type_of(macros, name) for name in (*factors, result)]
    scales = [int(re.search(r", ?(\d+)", name)[1]) for name in types]
    widths = [int(re.search(r"\((\d+)", name)[1]) for name in types]
    rng = random.Random(kind)
    rows = [
        tuple(
            rng.choice((1, -1)) * of_any_size(rng, *sizes, scale)
            for sizes, scale in zip(magnitudes, scales, strict=False)
        )
        for _ in range(500)
    ]
    rows = [
        row
        for row in rows
        if all(abs(n) < 10 ** (w - s) for n, w, s in zip(row, widths, scales, strict=False))
    ]
    assert len(rows) > 300
    read = asked(
        engine,
        types[:2],
        rows,
        macros.exact_product("a", "b", types[2]),
        macros.exact_product("b", "a", types[2]),
    )
    limit = 10 ** (widths[2] - scales[2])
    for (left, right), (product, turned) in zip(rows, read, strict=True):
        expected = rounded(Fraction(left) * Fraction(right), scales[2])
        assert product == turned
        if abs(Fraction(left) * Fraction(right)) * 10 ** (scales[0] + scales[1]) < 10**38:
            assert product == (expected if abs(expected) < limit else None), (left, right)
        else:  # more digits than any decimal has: no number, and no error
            assert product is None or product == expected


def test_the_products_that_once_stopped_a_build(engine, macros):
    """270 x 0.5 = 135, 600 x 0.5 = 300, 120 x 0.95 = 114."""
    rows = [
        (Decimal(270), Decimal("0.5")),
        (Decimal(600), Decimal("0.5")),
        (Decimal(120), Decimal("0.95")),
    ]
    for types in (["decimal(17, 8)", "decimal(9, 8)"], [macros.unit_price_type(), "decimal(9, 8)"]):
        read = asked(engine, types, rows, macros.exact_product("a", "b", macros.unit_price_type()))
        assert [row[0] for row in read] == [135, 300, 114]


def test_parts_of_whole_units_never_need_more_than_an_integer(engine, macros):
    rng = random.Random(7)
    rows = []
    for _ in range(800):
        weights = rng.randint(1, 10 ** rng.randint(1, 30))
        rows.append((rng.randint(0, 10 ** rng.randint(1, 30)), rng.randint(0, weights), weights))
    read = asked(
        engine,
        ["hugeint"] * 3,
        rows,
        macros.part_of_units("a", "b", "c"),
        macros.rest_of_units("a", "b", "c"),
    )
    for (units, weight, weights), (part, rest) in zip(rows, read, strict=True):
        if min(units, weights) * weights < 10**38:
            assert (part, rest) == divmod(units * weight, weights)
        else:  # the weights' last digits are left out, and never more than there is
            exact = units * weight // weights
            assert 0 <= part <= units
            assert abs(part - exact) <= units // 10**7 + 1


def test_units_and_back_are_the_amount_itself(engine, macros):
    rng = random.Random(3)
    rows = [(of_any_size(rng, -10, 16, 10),) for _ in range(300)]
    for digits in (10,):
        units = macros.whole_units("a", digits)
        back = macros.decimal_of_units(units, digits, macros.money_type(), sign_of="a")
        read = asked(engine, [macros.money_type()], rows, units, back)
        for (number,), (whole, again) in zip(rows, read, strict=True):
            assert whole == number.scaleb(10) and again == number


def test_quotients_of_every_size(engine, macros):
    rng = random.Random(5)
    rows = [
        (
            rng.choice((1, -1)) * of_any_size(rng, -9, 15, 10),
            rng.choice((1, -1)) * of_any_size(rng, -9, 15, 10),
        )
        for _ in range(400)
    ]
    read = asked(engine, ["decimal(38, 10)"] * 2, rows, macros.exact_ratio("a", "b"))
    for (left, right), (quotient,) in zip(rows, read, strict=True):
        if right:
            assert quotient == rounded(Fraction(left) / Fraction(right), 8), (left, right)


def test_parts_of_an_estimate_and_of_a_quantity(engine, macros):
    """An amount x 7 / 31, cut to 4 decimals; the parts of a quantity add up to it."""
    rng = random.Random(9)
    rows = []
    for _ in range(300):
        cost, quantity = of_any_size(rng, -9, 16, 10), of_any_size(rng, -4, 18, 4)
        edge = Decimal(rng.randint(0, int(cost.scaleb(10)))).scaleb(-10)
        rows.append((cost, quantity, edge))
    estimate = macros.estimated_part("a", 7, 31)
    first = macros.quantity_before("c", "b", macros.quantity_type(), 4).replace("billed_cost", "a")
    read = asked(
        engine,
        [macros.money_type(), macros.quantity_type(), macros.money_type()],
        rows,
        estimate,
        first,
    )
    for (cost, quantity, edge), (estimated, before) in zip(rows, read, strict=True):
        units = int(cost.scaleb(4)) * 7 // 31
        assert estimated == Decimal(units).scaleb(-4)
        assert 0 <= before <= quantity
        if cost:
            exact = Fraction(quantity) * Fraction(edge) / Fraction(cost)
            assert abs(Fraction(before) - exact) <= Fraction(quantity) / 10**7 + Fraction(1, 10**4)
